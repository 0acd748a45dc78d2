/** Length of the beginning of an output that is enough for `parseObjectRelease`. */
export const objectHeaderBytes = 256;

const form = /^!<arch>\n[\s\S]{60}go object \S+ \S+ (\S+)/;

/**
 * The release that compiled an output of a build cache, from its beginning; `undefined` for what is no compiled package:
 * nothing else in a cache says who wrote it, and its entries are hashes.
 * @see Go cmd/internal/archive, cmd/compile/internal/gc printObjHeader (go1.26)
 */
export function parseObjectRelease(beginning: Uint8Array): string | undefined {
  return form.exec(
    Buffer.from(beginning.buffer, beginning.byteOffset, beginning.length).toString('latin1'),
  )?.[1];
}
