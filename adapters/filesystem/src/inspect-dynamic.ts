import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { type DynamicFacts, readDynamic } from '@gofleet/identify/elf/read-dynamic';
import { fileError, readInto, withOpenFile } from './open-file.ts';

/**
 * What the dynamic linker reads of a file.
 * @throws `filesystem.not-found`, `filesystem.no-permission`, `filesystem.not-a-file`, `filesystem.unreadable`, and what
 * `readDynamic` throws
 */
export function inspectDynamic(path: string): DynamicFacts {
  return withOpenFile(path, ({ fd, sizeBytes }) => {
    try {
      return readDynamic((offset, length) =>
        readInto(fd, new Uint8Array(Math.max(0, Math.min(length, sizeBytes - offset))), offset),
      );
    } catch (thrown) {
      if (!isGofleetError(thrown)) throw fileError(path, thrown);
      const { code, message, facts, hint } = thrown;
      throw new GofleetError(code, `${path}: ${message}`, {
        facts: { path, ...facts },
        cause: thrown,
        ...(hint === undefined ? {} : { hint }),
      });
    }
  });
}
