import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import {
  type DynamicFacts,
  type DynamicNames,
  readDynamic,
  readDynamicNames,
} from '@gofleet/identify/elf/read-dynamic';
import type { ReadAt } from '@gofleet/identify/read-binary';
import { fileError, readInto, withOpenFile } from './open-file.ts';

function inspect<T>(path: string, read: (readAt: ReadAt) => T): T {
  return withOpenFile(path, ({ fd, sizeBytes }) => {
    try {
      return read((offset, length) =>
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

/**
 * What the dynamic linker reads of a file.
 * @throws `filesystem.not-found`, `filesystem.no-permission`, `filesystem.not-a-file`, `filesystem.unreadable`, and what
 * `readDynamic` throws
 */
export function inspectDynamic(path: string): DynamicFacts {
  return inspect(path, readDynamic);
}

/** What a file and the libraries that it asks for are called; throws as {@link inspectDynamic}. */
export function inspectDynamicNames(path: string): DynamicNames {
  return inspect(path, readDynamicNames);
}
