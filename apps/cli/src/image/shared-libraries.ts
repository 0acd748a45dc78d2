import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { promisify } from 'node:util';
import { GofleetError } from '@gofleet/base/errors';
import type { ImageFile } from '@gofleet/oci/docker-archive';

const run = promisify(execFile);

/**
 * The paths that `ldd` answers for a dynamic executable: its libraries and the program that loads them.
 * @throws `image.missing-library` when a library was not found
 */
export function parseLddOutput(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const [, missing] = /^\s*(\S+) => not found/.exec(line) ?? [];
    if (missing !== undefined)
      throw new GofleetError('image.missing-library', `shared library ${missing} is not on this machine`, {
        facts: { library: missing },
      });
    const path = /^\s*(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)$/.exec(line)?.[1];
    return path === undefined ? [] : [path];
  });
}

/**
 * Everything that executables need to run in an empty image, themselves not included: libraries at the paths where the
 * loader of this machine finds them. Each path once.
 * @throws `image.missing-library`, `image.not-dynamic`
 */
export async function listSharedLibraries(executables: readonly string[]): Promise<ImageFile[]> {
  const paths = new Set<string>();
  for (const executable of executables) {
    try {
      const { stdout } = await run('ldd', [executable], { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } });
      for (const path of parseLddOutput(stdout)) paths.add(path);
    } catch (cause) {
      if (cause instanceof GofleetError) throw cause;
      throw new GofleetError('image.not-dynamic', `ldd cannot list the libraries of ${executable}`, {
        facts: { executable },
        cause,
      });
    }
  }
  return await Promise.all(
    [...paths].map(async (path) => ({ path, source: await realpath(path), mode: 0o755 })),
  );
}
