import { quoteForShell } from './shell-quote.ts';

/** A Go as a shim runs it. */
export interface ShimTarget {
  /** The name of its toolchain: `go1.26.8`. */
  readonly version: string;
  readonly goRoot: string;
}

/** A file that was read, and when it had been written. */
export interface RememberedFile {
  readonly path: string;
  /** Nanoseconds since 1970. */
  readonly mtimeNs: bigint;
  /** The name of a file beside the answer with the very same time, for shells. */
  readonly stamp: string;
}

/** Everything that must be as it was for a remembered answer to hold. */
export interface AnswerConditions {
  /** The deciding files as the shim lists them, each with a line end. */
  readonly found: string;
  /** The values of the deciding variables as the shim joins them. */
  readonly context: string;
  readonly files: readonly RememberedFile[];
  /** Files that must not be there. */
  readonly absent: readonly string[];
  /** Where the answer depends on PATH: the next `go` in it that is no shim, or all of it. */
  readonly path: { readonly nextGo: string } | { readonly whole: string } | undefined;
}

/** What a shim evaluates to know its target. */
export function renderTarget({ version, goRoot }: ShimTarget): string {
  return `gf_version=${quoteForShell(version)} gf_root=${quoteForShell(goRoot)}`;
}

function renderPathTest(path: AnswerConditions['path']): string[] {
  if (!path) return [];
  return 'whole' in path
    ? [`[ "$PATH" = ${quoteForShell(path.whole)} ]`]
    : [`gf_find_next && [ "$gf_next" = ${quoteForShell(path.nextGo)} ]`];
}

/** An answer for a shim to source: sets the target if every condition holds, else nothing. */
export function renderAnswer(target: ShimTarget, conditions: AnswerConditions): string {
  const { found, context, files, absent, path } = conditions;
  const tests = [
    `[ "$gf_found" = ${quoteForShell(found)} ]`,
    `[ "$gf_context" = ${quoteForShell(context)} ]`,
    ...files.map(({ path: file, stamp }) => `gf_same ${quoteForShell(file)} ${quoteForShell(stamp)}`),
    ...absent.map((file) => `[ ! -e ${quoteForShell(file)} ]`),
    ...renderPathTest(path),
  ];
  return `${[...tests, renderTarget(target)].join(' &&\n')}\n`;
}
