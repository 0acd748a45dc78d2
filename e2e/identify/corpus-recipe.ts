/** One real program of the corpus and how it is built. */
export interface CorpusBuild {
  /** Its file in the corpus: release, platform and mode. */
  readonly name: string;
  /** A toolchain module's release, or `debian` for the one that the distribution packages. */
  readonly release: string;
  readonly source: keyof typeof corpusSources;
  readonly env: Readonly<Record<string, string>>;
  readonly argv: readonly string[];
}

const moduleSums = [
  'golang.org/x/mod v0.16.0 h1:QX4fJ0Rr5cPQCF7O9lh9Se4pmwfwskqZfq5moyldzic=',
  'golang.org/x/mod v0.16.0/go.mod h1:hTbmBsO62+eylJbnUtE2MGJUyE7QWk4xUqPFrRgJ+7c=',
];
const tinyMain = 'package main\n\nfunc main() { println("tiny") }\n';
const modulesMain = `package main

import (
	"example.com/local"
	"golang.org/x/mod/semver"
)

var version string

func main() { println(local.Name, version, semver.IsValid("v1.0.0")) }
`;
const libraryMain = `package main

import "C"

//export Hello
func Hello() { println("tiny") }

func main() {}
`;

/** Sources, each in a directory of its own; all but `modules` are made a git checkout with a tag. */
export const corpusSources = {
  tiny: { 'go.mod': 'module example.com/tiny\n\ngo 1.21\n', 'main.go': tinyMain },
  library: { 'go.mod': 'module example.com/library\n\ngo 1.21\n', 'main.go': libraryMain },
  modules: {
    'go.mod': [
      ...['module example.com/modules', '', 'go 1.21', ''],
      'require (\n\texample.com/local v0.0.0\n\tgolang.org/x/mod v0.17.0\n)\n',
      'replace (\n\texample.com/local => ./local\n\tgolang.org/x/mod => golang.org/x/mod v0.16.0\n)\n',
    ].join('\n'),
    'go.sum': `${moduleSums.join('\n')}\n`,
    'main.go': modulesMain,
    'local/go.mod': 'module example.com/local\n\ngo 1.21\n',
    'local/local.go': 'package local\n\nconst Name = "local"\n',
  },
} as const;

/** The newest patch release of every line from 1.21 that the module proxy has as a toolchain. */
const releases = ['1.21.13', '1.22.12', '1.23.12', '1.24.13', '1.25.14', '1.26.11', '1.27.4'];

/** Built with every release … */
const commonPlatforms = [
  ...['linux/amd64', 'linux/386', 'linux/arm64', 'linux/arm', 'linux/mips', 'linux/ppc64le', 'linux/s390x'],
  ...['darwin/amd64', 'darwin/arm64', 'windows/amd64', 'freebsd/amd64'],
];
/** … and with two of them. */
const rarePlatforms = [
  ...['linux/mips64le', 'linux/ppc64', 'linux/riscv64', 'linux/loong64', 'windows/386', 'windows/arm64'],
  ...['openbsd/arm64', 'netbsd/amd64', 'aix/ppc64'],
];
const rareReleases = ['1.22.12', '1.27.4'];

type Mode = Pick<CorpusBuild, 'source' | 'argv'> & {
  readonly mode: string;
  readonly env?: CorpusBuild['env'];
};

const modes: readonly Mode[] = [
  { mode: 'plain', source: 'tiny', argv: ['.'] },
  { mode: 'stripped', source: 'tiny', argv: ['-ldflags=-s -w', '.'] },
  { mode: 'no-build-id', source: 'tiny', argv: ['-ldflags=-buildid=', '.'] },
  { mode: 'file', source: 'tiny', argv: ['-buildvcs=false', 'main.go'] },
  {
    mode: 'modules',
    source: 'modules',
    argv: ['-tags=one,two', '-gcflags=main=-N', '-ldflags=-X "main.version=a `b` c"', '.'],
  },
];

/** Modes that need a compiled runtime of their own, or a C compiler, so on one or two platforms only. */
const amd64Modes: readonly Mode[] = [
  { mode: 'trimpath', source: 'modules', argv: ['-trimpath', '.'] },
  { mode: 'pie', source: 'tiny', argv: ['-buildmode=pie', '.'] },
  { mode: 'c-shared', source: 'library', argv: ['-buildmode=c-shared', '.'], env: { CGO_ENABLED: '1' } },
  { mode: 'c-archive', source: 'library', argv: ['-buildmode=c-archive', '.'], env: { CGO_ENABLED: '1' } },
  { mode: 'vendor', source: 'tiny', argv: ['-ldflags=-X runtime.buildVersion=go1.26.4-1-microsoft', '.'] },
];
const cgoModes: readonly Mode[] = [
  { mode: 'cgo', source: 'library', argv: ['.'], env: { CGO_ENABLED: '1' } },
  { mode: 'plugin', source: 'library', argv: ['-buildmode=plugin', '.'], env: { CGO_ENABLED: '1' } },
];
const experiments: readonly (readonly [string, string, CorpusBuild['env']])[] = [
  ['1.22.12', 'experiment', { GOEXPERIMENT: 'rangefunc' }],
  ['1.24.13', 'boringcrypto', { GOEXPERIMENT: 'boringcrypto', CGO_ENABLED: '1' }],
  ['1.27.4', 'fips', { GOFIPS140: 'v1.0.0' }],
  ['1.27.4', 'baseline', { GOAMD64: 'v3' }],
];

/** Before `go version -m`: no build info at all until 1.12, pointers to it until 1.17. */
const oldReleases = [
  ...['1.5.4', '1.7.6', '1.9.7', '1.10.8', '1.11.13', '1.12.17', '1.13.15', '1.14.15', '1.15.15'],
  ...['1.16.15', '1.17.13', '1.18.10', '1.19.13', '1.20.14', 'debian'],
];

function buildOf(release: string, platform: string, { mode, source, argv, env }: Mode): CorpusBuild {
  const [os = '', arch = ''] = platform.split('/');
  return {
    name: `${release}-${os}-${arch}-${mode}`,
    release,
    source,
    env: { CGO_ENABLED: '0', GOOS: os, GOARCH: arch, ...env },
    argv,
  };
}

const isOf =
  (...names: readonly string[]) =>
  ({ mode }: Mode): boolean =>
    names.includes(mode);

function oldBuilds(): CorpusBuild[] {
  return oldReleases.flatMap((release) =>
    ['linux/amd64', 'linux/386'].flatMap((platform) => [
      buildOf(release, platform, { mode: 'file', source: 'tiny', argv: ['main.go'] }),
      buildOf(release, platform, {
        mode: 'stripped',
        source: 'tiny',
        argv: ['-ldflags', '-s -w', 'main.go'],
      }),
    ]),
  );
}

/** What `go version` does not read: modules of WebAssembly. */
function wasmBuilds(): CorpusBuild[] {
  return rareReleases.map((release) => buildOf(release, 'js/wasm', modes[0] as Mode));
}

/** Every program of the corpus, those next to each other that share compiled packages. */
export function corpusBuilds(): CorpusBuild[] {
  const all = releases.flatMap((release) => {
    const platforms = [...commonPlatforms, ...(rareReleases.includes(release) ? rarePlatforms : [])];
    return [
      ...platforms.flatMap((platform) => modes.map((mode) => buildOf(release, platform, mode))),
      ...amd64Modes.map((mode) => buildOf(release, 'linux/amd64', mode)),
      ...amd64Modes.filter(isOf('trimpath')).map((mode) => buildOf(release, 'windows/amd64', mode)),
    ];
  });
  const special = rareReleases.flatMap((release) =>
    cgoModes.map((mode) => buildOf(release, 'linux/amd64', mode)),
  );
  const experimental = experiments.map(([release, mode, env]) =>
    buildOf(release, 'linux/amd64', { mode, source: 'tiny', argv: ['.'], env }),
  );
  return [...all, ...special, ...experimental, ...oldBuilds(), ...wasmBuilds()];
}
