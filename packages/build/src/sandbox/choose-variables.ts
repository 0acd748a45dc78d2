import { splitFlags } from '../environment/split-flags.ts';
import { goFlags, refusedFlags, type SandboxCommandName } from './go-flags.ts';
import { refused } from './refused.ts';

/** What a caller's environment means in the sandbox. */
export interface SandboxVariables {
  /** Handed on to the `go` command. */
  readonly passed: Readonly<Record<string, string>>;
  /** Flags of GOFLAGS, which count before those of the command line. */
  readonly flags: readonly string[];
  /** GOTOOLCHAIN, which takes part in choosing the release. */
  readonly toolchain: string | undefined;
  /** GOWORK: `off`, or the path of a go.work. */
  readonly work: string | undefined;
}

/** For which system and processor is built. @see "go help environment" (go1.26) */
const passedNames = new Set(
  `GOOS GOARCH GOAMD64 GOARM GOARM64 GO386 GOMIPS GOMIPS64 GOPPC64 GORISCV64 GOWASM GOEXPERIMENT GOFIPS140`.split(
    ' ',
  ),
);

const plainValue = /^[\w.,+-]{1,200}$/;

/** Would be a way to run compilers, or files of the caller's choice; nobody sets them by accident. */
const cgoNames = /^CGO_(?:CFLAGS|CPPFLAGS|CXXFLAGS|FFLAGS|LDFLAGS)(?:_ALLOW|_DISALLOW)?$/;

function requireAllowed(name: string, value: string): void {
  if (cgoNames.test(name)) throw refused(name, 'there is no cgo in the sandbox', `unset ${name}`);
  if (name === 'CGO_ENABLED' && value !== '0')
    throw refused('CGO_ENABLED', 'there is no C compiler in the sandbox', 'set CGO_ENABLED=0');
  if (name === 'GO111MODULE' && value === 'off')
    throw refused('GO111MODULE', 'the sandbox builds modules only', 'unset GO111MODULE');
  if (passedNames.has(name) && !plainValue.test(value))
    throw refused(name, `"${value.slice(0, 80)}" is no value that it may have`);
}

/** The flags of GOFLAGS that this command knows; Go passes over those that only another one knows. */
function flagsFor(command: SandboxCommandName, text: string): string[] {
  return splitFlags(text).filter((word) => {
    const name = /^--?([^=]*)/.exec(word)?.[1] ?? '';
    const isKnown = Object.values(goFlags).some((flags) => Object.hasOwn(flags, name));
    if (name === 'C' || !word.startsWith('-'))
      throw refused('GOFLAGS', `"${word.slice(0, 80)}" is no flag that may stand there`);
    if (Object.hasOwn(goFlags[command], name)) return true;
    if (isKnown) return false;
    const why = Object.hasOwn(refusedFlags, name) ? refusedFlags[name] : 'no flag that the sandbox takes';
    throw refused(`GOFLAGS, -${name}`, why ?? '');
  });
}

/**
 * What counts of a caller's `GO…` and `CGO_…` variables. Places, sources and limits are the sandbox's own, so variables that choose
 * them are passed over; those that would change what is built in a way that is not offered are refused.
 * @throws `build.sandbox-refused`, `build.malformed-goflags`
 */
export function chooseVariables(
  command: SandboxCommandName,
  environment: Readonly<Record<string, string>>,
): SandboxVariables {
  const given = Object.entries(environment).filter(([, value]) => value !== '');
  for (const [name, value] of given) requireAllowed(name, value);
  const { GOFLAGS = '', GOTOOLCHAIN, GOWORK, GODEBUG } = Object.fromEntries(given);
  return {
    passed: {
      ...Object.fromEntries(given.filter(([name]) => passedNames.has(name))),
      // The go command reads it too; tests are the caller's own code.
      ...(command === 'test' && GODEBUG !== undefined ? { GODEBUG } : {}),
    },
    flags: flagsFor(command, GOFLAGS),
    toolchain: GOTOOLCHAIN,
    work: GOWORK === 'auto' ? undefined : GOWORK,
  };
}
