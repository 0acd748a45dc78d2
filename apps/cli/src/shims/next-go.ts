import { existsSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { shimMarker } from '@gofleet/resolve/shim/render-shim';

function isProgram(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true && (found.mode & 0o111) !== 0;
}

const real = (path: string): string | undefined => {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
};

/** The next `go` in PATH that is no shim of ours, as a shim finds it; `undefined` when there is none. */
export function findNextGo(path: string, shimFolder: string): string | undefined {
  const shim = real(join(shimFolder, 'go'));
  return path
    .split(':')
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => ({ folder, program: `${folder}/go` }))
    .filter(({ folder, program }) => isProgram(program) && !existsSync(`${folder}/${shimMarker}`))
    .find(({ program }) => shim === undefined || real(program) !== shim)?.program;
}
