import { GofleetError, type Retry } from '@gofleet/base/errors';

/** What is needed to name why the `go` command failed. */
export interface GoFailure {
  /** The release that was to build. */
  readonly goVersion: string;
  readonly package: string;
  /** Standard error, as much as was kept. */
  readonly output: string;
  readonly exitCode: number | undefined;
}

interface Kind {
  readonly code: string;
  readonly form: RegExp;
  readonly says: (failure: GoFailure) => string;
  readonly retry?: Retry;
  readonly hint?: string;
}

/** In order: the first that matches names the failure. */
const kinds: readonly Kind[] = [
  {
    code: 'build.disk-full',
    form: /no space left on device/i,
    says: ({ package: path }) => `no space left on device while building ${path}`,
    retry: 'later',
  },
  {
    code: 'build.checksum-mismatch',
    form: /checksum mismatch|SECURITY ERROR|verifying .*: (?:invalid|missing) /,
    says: ({ package: path }) => `a checksum of ${path} or of what it needs is not the recorded one`,
    hint: 'the module proxy serves something else than the checksum database knows: do not use it before this is understood',
  },
  {
    code: 'build.proxy-unreachable',
    form: /dial tcp|connection refused|connection reset|no such host|i\/o timeout|TLS handshake|unexpected EOF|: 50[0-9] |429 Too Many/i,
    says: ({ package: path }) => `the module proxy does not answer for ${path}`,
    retry: 'later',
    hint: 'check GOPROXY and the network, then try again',
  },
  {
    code: 'build.unknown-go-version',
    form: /toolchain not available|invalid GOTOOLCHAIN|golang\.org\/toolchain@/,
    says: ({ goVersion }) => `no toolchain of ${goVersion} can be had`,
    hint: 'name a released Go version, such as 1.26.8',
  },
  {
    code: 'build.module-has-replace',
    form: /contains one or more (?:replace|exclude) directives/,
    says: ({ package: path }) =>
      `the module of ${path} has replace directives, so it is not installed by version`,
  },
  {
    code: 'build.go-too-old',
    form: /requires go >= \S+ \(running go/,
    says: ({ goVersion, package: path }) => `${path} or a dependency needs a newer Go than ${goVersion}`,
  },
  {
    code: 'build.stale-go-mod',
    form: /updates to go\.(?:mod|sum|work) needed|missing go\.sum entry|inconsistent vendoring|cannot find module providing package/,
    says: ({ package: path }) => `the go.mod of ${path} does not name what it needs`,
  },
  {
    code: 'build.source-gone',
    form: /40[0134] |404 Not Found|410 Gone|unknown revision|invalid version|no matching versions|module lookup disabled|not found: module|does not contain package|cannot find module|malformed module path|unrecognized import path/,
    says: ({ package: path }) => `the source of ${path} cannot be had from the module proxy`,
  },
  {
    code: 'build.needs-c-compiler',
    form: /C compiler .* not found|exec: "(?:gcc|clang|cc|g\+\+)"/,
    says: ({ package: path }) => `${path} was built with cgo and no C compiler is here`,
    hint: 'install the C compiler that the original was built with',
  },
];

const noise = /^(?:go: downloading |go: finding |go: extracting |\s*$)/;
const maxLines = 12;
const maxLineLength = 240;

/** The first lines that say what went wrong, cut to a bounded size. */
export function firstErrorLines(output: string): string[] {
  const lines = output.split(/\r?\n/).filter((line) => !noise.test(line));
  return lines.slice(0, maxLines).map((line) => line.slice(0, maxLineLength));
}

/**
 * The error that a failed run of the `go` command stands for; `build.compile-failed` when nothing more precise is known.
 * `facts.firstLines` holds what the command said, a line each.
 */
export function explainGoFailure(failure: GoFailure): GofleetError {
  const lines = firstErrorLines(failure.output);
  const said = lines.join('\n');
  const kind = kinds.find(({ form }) => form.test(said));
  const { goVersion, package: path, exitCode } = failure;
  const message = kind?.says(failure) ?? `${path} does not compile with ${goVersion}`;
  const code = kind?.code ?? 'build.compile-failed';
  const first = lines.find((line) => !line.startsWith('#')) ?? 'the go command said nothing';
  return new GofleetError(code, `${message}: ${first}`, {
    facts: { goVersion, package: path, exitCode, firstLines: said },
    retry: kind?.retry ?? 'never',
    ...(kind?.hint === undefined ? {} : { hint: kind.hint }),
  });
}
