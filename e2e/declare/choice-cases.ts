/** A layout of files and an environment, for which the real `go` command is asked what it would run. */
export interface ChoiceCase {
  readonly name: string;
  /** By path below the root of the case. `ROOT` stands for that root, here and in the environment. */
  readonly files?: Readonly<Record<string, string>>;
  /** Symbolic links by path below the root. */
  readonly links?: Readonly<Record<string, string>>;
  /** Where `go` is started; `work` when absent. */
  readonly directory?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const mod = (...lines: readonly string[]): string => `module example.com/m\n\n${lines.join('\n')}\n`;

/** One go.mod in the directory, with GOTOOLCHAIN=auto unless told otherwise. */
function module(name: string, text: string, env: Readonly<Record<string, string>> = {}): ChoiceCase {
  return { name, files: { 'work/go.mod': text }, env: { GOTOOLCHAIN: 'auto', ...env } };
}

const lines: readonly ChoiceCase[] = [
  module('go line: an old language version', mod('go 1.18')),
  module('go line: the last minor that is a release itself', mod('go 1.20')),
  module('go line: a minor of which no release is called so', mod('go 1.30')),
  module('go line: 1.21 without a patch number', mod('go 1.21')),
  module('go line: 1.21.0', mod('go 1.21.0')),
  module('go line: 1.21.13', mod('go 1.21.13')),
  module('go line: 1.24.11', mod('go 1.24.11')),
  module('go line: a patch release of tomorrow', mod('go 1.26.99')),
  module('go line: a release candidate', mod('go 1.30rc2')),
  module('go line: a beta', mod('go 1.30beta1')),
  module('go line: any letters as a kind', mod('go 1.999testmod')),
  module('go line: major only', mod('go 1')),
  module('go line: next major', mod('go 2')),
  module('go line: next major and minor', mod('go 2.1')),
  module('go line: more digits than a number holds', mod('go 1.99999999999999999999')),
  module('go line: a leading zero is no version', mod('go 1.030')),
  module('go line: a pre-release of a patch is no version', mod('go 1.30.1rc1')),
  module('go line: four numbers are no version', mod('go 1.30.1.1')),
  module('go line: a v is no version', mod('go v1.30')),
  module('go line: quotes are no version', mod('go "1.30.0"')),
  module('go line: nothing after it', mod('go ')),
  module('go line: a comment behind', mod('go 1.30.1 // because')),
  module('go line: a comment without a space', mod('go 1.30.1//because')),
  module('go line: commented out', mod('// go 1.30.1')),
  module('go line: twice, the first counts', mod('go 1.30.1', 'go 1.31.1')),
  module('go line: indented', mod('\t  go 1.30.1')),
  module('go line: a tab after the word', mod('go\t1.30.1')),
  module('go line: in a block, where it is a path', mod('require (', '\tgo 1.30.1', ')')),
  module('go line: words that begin with go', mod('godebug default=go1.30', 'go 1.22')),
  module('go line: two arguments', mod('go 1.30.1 1.31.1')),
  module('go line: carriage returns', 'module m\r\n\r\ngo 1.30.1\r\n'),
  module('go line: byte order mark before it', '\ufeffgo 1.30.1\nmodule m\n'),
  module('go line: byte order mark before the module', '\ufeffmodule m\n\ngo 1.30.1\n'),
  module('go line: no newline at the end', 'module m\ngo 1.30.1'),
  module('go line: in a file that is otherwise broken', 'module (((\n"\ngo 1.30.1\n'),
  module('go line: after a no-break space', mod('\u00a0go 1.30.1')),
  module('no lines at all', mod()),
  module('an empty go.mod', ''),
];

const toolchains: readonly ChoiceCase[] = [
  module('toolchain line: newer', mod('go 1.20', 'toolchain go1.30.2')),
  module('toolchain line: older than the local one', mod('go 1.18', 'toolchain go1.19.1')),
  module('toolchain line: older than the go line', mod('go 1.31', 'toolchain go1.30.2')),
  module('toolchain line: the same as the go line', mod('go 1.30.2', 'toolchain go1.30.2')),
  module('toolchain line: of the go line’s minor', mod('go 1.30', 'toolchain go1.30.2')),
  module('toolchain line: before the go line in the file', mod('toolchain go1.30.2', 'go 1.22')),
  module('toolchain line: default', mod('go 1.20', 'toolchain default')),
  module('toolchain line: default under a newer go line', mod('go 1.30.1', 'toolchain default')),
  module('toolchain line: local is no toolchain', mod('go 1.20', 'toolchain local')),
  module('toolchain line: a version without go', mod('go 1.20', 'toolchain 1.30.2')),
  module('toolchain line: a language version', mod('go 1.20', 'toolchain go1.30')),
  module('toolchain line: a release candidate', mod('go 1.20', 'toolchain go1.30rc1')),
  module('toolchain line: a vendor’s suffix', mod('go 1.20', 'toolchain go1.30.2-custom')),
  module('toolchain line: a vendor’s prefix', mod('go 1.20', 'toolchain gccgo-go1.30.2')),
  module('toolchain line: a vendor’s suffix on 1.21.13', mod('go 1.20', 'toolchain go1.21.13-custom')),
  module('toolchain line: a vendor’s suffix on 1.24.11', mod('go 1.20', 'toolchain go1.24.11-custom')),
  module('toolchain line: a path is refused', mod('go 1.20', 'toolchain go1.30.2-../../x')),
  module('toolchain line: rubbish', mod('go 1.20', 'toolchain bash')),
  module('toolchain line: go2', mod('go 1.20', 'toolchain go2.0.1')),
  module('toolchain line: a comment behind', mod('go 1.20', 'toolchain go1.30.2 // why')),
  module('toolchain line: carriage returns', 'module m\r\ngo 1.20\r\ntoolchain go1.30.2\r\n'),
  module('toolchain line: rubbish, but nobody asks', mod('toolchain bash'), { GOTOOLCHAIN: 'local' }),
];

const newer = mod('go 1.30.1', 'toolchain go1.31.2');
const setting = (value: string): ChoiceCase =>
  module(`GOTOOLCHAIN=${value} over a newer go.mod`, newer, { GOTOOLCHAIN: value });
const settings: readonly ChoiceCase[] = [
  ...['local', 'auto', 'path', 'local+auto', 'local+path', 'go1.29.3', 'go1.29.3+auto', 'go1.29.3+path'].map(
    setting,
  ),
  ...['go1.32.1+auto', 'go1.32.1+path', 'go1.32.1', 'go1.31.2+auto', 'go1.31.2-custom+auto'].map(setting),
  ...['go1.20.3', 'go1.19', 'go1.30', 'go1.30rc1', 'go1.21.13', 'go1.24.11', 'go1.26.8'].map(setting),
  ...['bash', 'go', '1.30.1', 'go1.30.1+', 'go1.30.1+foo', 'local+', 'auto+path', '+auto', 'default'].map(
    setting,
  ),
  ...['go1.30.1/x', 'gccgo-go1.30.1', 'go1.30.1 X:loopvar', 'go2.0.1', 'GO1.30.1', 'go1.030.1', 'auto '].map(
    setting,
  ),
  module('GOTOOLCHAIN=go1.32.1+auto over toolchain default', mod('go 1.20', 'toolchain default'), {
    GOTOOLCHAIN: 'go1.32.1+auto',
  }),
  module('GOTOOLCHAIN=path over an older go.mod', mod('go 1.18'), { GOTOOLCHAIN: 'path' }),
  {
    name: 'GOTOOLCHAIN is empty: GOROOT/go.env decides',
    files: { 'work/go.mod': newer },
    env: { GOTOOLCHAIN: '' },
  },
  { name: 'GOTOOLCHAIN is not set: GOROOT/go.env decides', files: { 'work/go.mod': newer } },
];

const userFile = (text: string): Readonly<Record<string, string>> => ({
  'work/go.mod': newer,
  'home/.config/go/env': text,
});
const userFiles: readonly ChoiceCase[] = [
  { name: 'go env -w: a release', files: userFile('GOTOOLCHAIN=go1.29.3\n') },
  { name: 'go env -w: local', files: userFile('GOTOOLCHAIN=local\n') },
  { name: 'go env -w: auto', files: userFile('GOTOOLCHAIN=auto\n') },
  {
    name: 'go env -w: under the environment',
    files: userFile('GOTOOLCHAIN=local\n'),
    env: { GOTOOLCHAIN: 'auto' },
  },
  { name: 'go env -w: twice, the last counts', files: userFile('GOTOOLCHAIN=local\nGOTOOLCHAIN=go1.29.3\n') },
  { name: 'go env -w: carriage returns belong to the value', files: userFile('GOTOOLCHAIN=auto\r\n') },
  { name: 'go env -w: byte order mark', files: userFile('\ufeffGOTOOLCHAIN=local\nGOTOOLCHAIN=go1.29.3\n') },
  {
    name: 'go env -w: indented lines are none',
    files: userFile(' GOTOOLCHAIN=go1.29.3\nGOTOOLCHAIN=auto\n'),
  },
  { name: 'go env -w: comments', files: userFile('# GOTOOLCHAIN=go1.28.1\nGOTOOLCHAIN=go1.29.3\n') },
  { name: 'go env -w: an empty value', files: userFile('GOTOOLCHAIN=\n') },
  { name: 'GOENV=off', files: userFile('GOTOOLCHAIN=go1.29.3\n'), env: { GOENV: 'off' } },
  {
    name: 'GOROOT/go.env of a GOROOT in the environment',
    files: { 'work/go.mod': newer, 'sdk/go.env': 'GOTOOLCHAIN=go1.28.4\nGOTOOLCHAIN=local\n' },
    env: { GOROOT: 'ROOT/sdk' },
  },
  {
    name: 'GOENV names another file',
    files: { 'work/go.mod': newer, 'other/env': 'GOTOOLCHAIN=go1.28.2\n' },
    env: { GOENV: 'ROOT/other/env' },
  },
  {
    name: 'XDG_CONFIG_HOME',
    files: { 'work/go.mod': newer, 'xdg/go/env': 'GOTOOLCHAIN=go1.28.3\n' },
    env: { XDG_CONFIG_HOME: 'ROOT/xdg' },
  },
  {
    name: 'go env -w GOWORK=off',
    files: { ...userFile('GOTOOLCHAIN=auto\nGOWORK=off\n'), 'work/go.work': 'go 1.33.1\n' },
  },
];

const auto = { GOTOOLCHAIN: 'auto' };
const workspaces: readonly ChoiceCase[] = [
  {
    name: 'go.work over go.mod, older',
    files: { 'work/go.work': 'go 1.18\nuse .\n', 'work/go.mod': newer },
    env: auto,
  },
  {
    name: 'go.work over go.mod, newer',
    files: { 'work/go.work': 'go 1.33.1\n\nuse ./a\n', 'work/a/go.mod': newer },
    directory: 'work/a',
    env: auto,
  },
  {
    name: 'go.work with a toolchain line',
    files: { 'work/go.work': 'go 1.22\ntoolchain go1.33.4\nuse ./a\n', 'work/a/go.mod': mod('go 1.20') },
    directory: 'work/a',
    env: auto,
  },
  { name: 'go.work without lines', files: { 'work/go.work': 'use .\n', 'work/go.mod': newer }, env: auto },
  {
    name: 'go.work that does not list the module',
    files: { 'work/go.work': 'go 1.33.1\n', 'work/a/go.mod': newer },
    directory: 'work/a',
    env: auto,
  },
  {
    name: 'go.work below the module',
    files: { 'work/go.mod': newer, 'work/a/go.work': 'go 1.33.1\n', 'work/a/x.go': '' },
    directory: 'work/a',
    env: auto,
  },
  {
    name: 'GOWORK=off',
    files: { 'work/go.work': 'go 1.33.1\n', 'work/go.mod': newer },
    env: { ...auto, GOWORK: 'off' },
  },
  {
    name: 'GOWORK=auto',
    files: { 'work/go.work': 'go 1.33.1\n', 'work/go.mod': newer },
    env: { ...auto, GOWORK: 'auto' },
  },
  {
    name: 'GOWORK names a file elsewhere',
    files: { 'work/go.mod': newer, 'elsewhere/my.work': 'go 1.33.2\n' },
    env: { ...auto, GOWORK: 'ROOT/elsewhere/my.work' },
  },
  {
    name: 'GOWORK names a file that is not there',
    files: { 'work/go.mod': newer },
    env: { ...auto, GOWORK: 'ROOT/nowhere.work' },
  },
  { name: 'GOWORK is relative', files: { 'work/go.mod': newer }, env: { ...auto, GOWORK: 'go.work' } },
  {
    name: 'go.work above GOROOT is not looked for',
    files: { 'work/go.work': 'go 1.33.1\n', 'work/sdk/src/go.mod': newer },
    directory: 'work/sdk/src',
    env: { ...auto, GOROOT: 'ROOT/work/sdk' },
  },
  {
    name: 'a directory called go.work is none',
    files: { 'work/go.work/x': '', 'work/go.mod': newer },
    env: auto,
  },
];

const places: readonly ChoiceCase[] = [
  {
    name: 'a directory below the module',
    files: { 'work/go.mod': newer, 'work/a/b/c/x.go': '' },
    directory: 'work/a/b/c',
    env: auto,
  },
  {
    name: 'the nearest go.mod counts',
    files: { 'work/go.mod': newer, 'work/a/go.mod': mod('go 1.29.7') },
    directory: 'work/a',
    env: auto,
  },
  { name: 'no module', files: { 'work/x.go': '' }, env: auto },
  {
    name: 'a directory called go.mod is none',
    files: { 'work/go.mod': newer, 'work/a/go.mod/x': '' },
    directory: 'work/a',
    env: auto,
  },
  {
    name: 'a go.mod in the directory for temporary files is none',
    files: { 'work/go.mod': newer },
    env: { ...auto, TMPDIR: 'ROOT/work' },
  },
  {
    name: 'a go.mod below the directory for temporary files is one',
    files: { 'tmp/a/go.mod': newer },
    directory: 'tmp/a',
    env: { ...auto, TMPDIR: 'ROOT/tmp' },
  },
  {
    name: 'a link to a go.mod',
    files: { 'work/x.go': '', 'real/my.mod': newer },
    links: { 'work/go.mod': '../real/my.mod' },
    env: auto,
  },
  {
    name: 'a link that leads nowhere',
    files: { 'work/go.mod': newer, 'work/a/x.go': '' },
    links: { 'work/a/go.mod': 'nowhere' },
    directory: 'work/a',
    env: auto,
  },
  {
    name: 'a directory reached through a link: the way there counts',
    files: { 'real/a/x.go': '', 'real/go.mod': mod('go 1.29.7'), 'work/go.mod': newer },
    links: { 'work/a': '../real/a' },
    directory: 'work/a',
    env: auto,
  },
  { name: 'GO111MODULE=off', files: { 'work/go.mod': newer }, env: { ...auto, GO111MODULE: 'off' } },
  {
    name: 'GO111MODULE=on without a module',
    files: { 'work/x.go': '' },
    env: { ...auto, GO111MODULE: 'on' },
  },
  {
    name: 'GO111MODULE=auto in a module',
    files: { 'work/go.mod': newer },
    env: { ...auto, GO111MODULE: 'auto' },
  },
  {
    name: 'GO111MODULE=auto outside of modules',
    files: { 'work/x.go': '' },
    env: { GOTOOLCHAIN: 'go1.29.3', GO111MODULE: 'auto' },
  },
  {
    name: 'GO111MODULE=auto with a workspace only',
    files: { 'work/go.work': 'go 1.33.1\n' },
    env: { ...auto, GO111MODULE: 'auto' },
  },
  {
    name: 'GOFLAGS=-modfile does not choose the toolchain',
    files: { 'work/go.mod': mod('go 1.20'), 'work/alt.mod': newer },
    env: { ...auto, GOFLAGS: '-modfile=alt.mod' },
  },
];

/** Every case; each is asked of every base release. */
export const choiceCases: readonly ChoiceCase[] = [
  ...lines,
  ...toolchains,
  ...settings,
  ...userFiles,
  ...workspaces,
  ...places,
];
