import { checkAssemblerFlags, checkCompilerFlags, checkLinkerFlags } from './tool-flags.ts';

/** What the sandbox runs, and nothing else. */
export const sandboxCommands = ['build', 'vet', 'test'] as const;
export type SandboxCommandName = (typeof sandboxCommands)[number];

/** How a flag is taken. */
export interface FlagRule {
  /** Whether it stands alone, as `-v` or `-v=true`. */
  readonly isSwitch?: boolean;
  /** What the value must look like; any text without a line end when absent. */
  readonly pattern?: RegExp;
  /** Why the value is refused, if it is. */
  readonly check?: (value: string) => string | undefined;
  /** The value is a path that the command reads or writes. */
  readonly path?: 'input' | 'output';
}

const onOff: FlagRule = { isSwitch: true };
const anyText: FlagRule = {};
const count: FlagRule = { pattern: /^\d{1,6}$/ };
const duration: FlagRule = { pattern: /^[0-9.a-zµ]{1,32}$/ };
const times: FlagRule = { pattern: /^[0-9.a-zµ]{1,32}x?$/ };
const output: FlagRule = { path: 'output' };
const oneOf = (...words: string[]): FlagRule => ({ pattern: new RegExp(`^(?:${words.join('|')})$`) });

/** Shared by build, vet and test. `-C` is followed by the sandbox itself. */
const resolution: Readonly<Record<string, FlagRule>> = {
  v: onOff,
  x: onOff,
  json: onOff,
  tags: { pattern: /^[\p{L}\p{N}_.,! ]{0,1000}$/u },
  mod: oneOf('readonly', 'vendor'),
};

const building: Readonly<Record<string, FlagRule>> = {
  a: onOff,
  p: count,
  cover: onOff,
  covermode: oneOf('set', 'count', 'atomic'),
  coverpkg: anyText,
  trimpath: onOff,
  buildmode: oneOf('default', 'exe', 'pie'),
  buildvcs: oneOf('false', 'auto'),
  pgo: { path: 'input' },
  gcflags: { check: checkCompilerFlags },
  asmflags: { check: checkAssemblerFlags },
  ldflags: { check: checkLinkerFlags },
  o: output,
};

const testing: Readonly<Record<string, FlagRule>> = {
  c: onOff,
  bench: anyText,
  benchmem: onOff,
  benchtime: times,
  count,
  cpu: { pattern: /^[\d,]{1,100}$/ },
  failfast: onOff,
  fullpath: onOff,
  fuzz: anyText,
  fuzztime: times,
  fuzzminimizetime: times,
  list: anyText,
  parallel: count,
  run: anyText,
  short: onOff,
  shuffle: { pattern: /^(?:on|off|-?\d{1,20})$/ },
  skip: anyText,
  timeout: duration,
  vet: { pattern: /^[a-z,]{0,500}$/ },
  blockprofilerate: count,
  memprofilerate: count,
  mutexprofilefraction: count,
  blockprofile: output,
  coverprofile: output,
  cpuprofile: output,
  memprofile: output,
  mutexprofile: output,
  trace: output,
  outputdir: output,
};

const analyzers = `appends asmdecl assign atomic bools buildtag cgocall composites copylocks defers directive errorsas framepointer
  hostport httpresponse ifaceassert loopclosure lostcancel nilfunc printf shift sigchanyzer slog stdmethods stdversion stringintconv
  structtag testinggoroutine tests timeformat unmarshal unreachable unsafeptr unusedresult waitgroup`;

const vetting: Readonly<Record<string, FlagRule>> = {
  'composites.whitelist': onOff,
  'printf.funcs': anyText,
  'unusedresult.funcs': anyText,
  'unusedresult.stringmethods': anyText,
  ...Object.fromEntries(analyzers.split(/\s+/).map((name) => [name, onOff])),
};

/**
 * The flags that each command takes; every other one is refused.
 * @see "go help build", "go help testflag", "go tool vet help" (go1.26)
 */
export const goFlags: Readonly<Record<SandboxCommandName, Readonly<Record<string, FlagRule>>>> = {
  build: { ...resolution, ...building },
  vet: { ...resolution, ...vetting },
  test: { ...resolution, ...building, ...testing },
};

const runs = 'it names a program to run, and the sandbox runs none but those of the Go release';
const elsewhere = 'it leads to files that the sandbox does not look at';
const cgo = 'it needs cgo, and there is no C compiler in the sandbox';
const own = 'the sandbox decides this itself';

/** Flags of Go that are refused for a reason worth saying. */
export const refusedFlags: Readonly<Record<string, string>> = {
  toolexec: runs,
  exec: runs,
  vettool: runs,
  overlay: elsewhere,
  modfile: elsewhere,
  pkgdir: elsewhere,
  installsuffix: elsewhere,
  linkshared: elsewhere,
  compiler: runs,
  gccgoflags: runs,
  c: 'it prints lines of the files that sources say they come from, wherever those lie',
  race: cgo,
  msan: cgo,
  asan: cgo,
  work: 'the sandbox keeps no temporary directories',
  n: 'it runs nothing; leave it out',
  modcacherw: own,
  fix: 'vet writes nothing in the sandbox',
  diff: 'vet writes nothing in the sandbox',
  artifacts: 'its directory cannot be told beforehand',
};
