import { refused } from '@gofleet/build/sandbox/refused';

/** The assembler reads what is included by path, from wherever it lies; here it is a header by a plain path below the package. */
const header = /^\s*#\s*include\s+"(?!.*\.\.)[\w.-]+(?:\/[\w.-]+)*\.h"\s*(?:\/\/[^\\]*)?$/;
/** A comment that nothing on its line begins or ends besides. */
const comment = /^[^"'`/\\]*\/\/(?!.*\*\/)[^\\]*$/;

/** Whether a file may be read by Go's assembler, by its name. */
export const isForAssembler = (name: string): boolean => /\.[sh]$/.test(name);

/**
 * Requires a file for the assembler to include nothing but headers below its own directory. A macro may put an include together, so the
 * word is refused wherever it stands otherwise.
 * @throws `build.sandbox-refused`
 */
export function checkIncludes(path: string, text: string): void {
  for (const [index, line] of text.split('\n').entries())
    if (/\binclude\b/.test(line) && !header.test(line) && !comment.test(line))
      throw refused(`${path}:${index + 1}`, 'an include of anything but a header below its own directory');
}
