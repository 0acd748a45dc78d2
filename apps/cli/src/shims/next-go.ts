import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LocalGo } from '@gofleet/declare/ports';
import { shimMarker } from '@gofleet/resolve/shim/render-shim';

function isProgram(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && found.isFile() && (found.mode & 0o111) !== 0;
}

const real = (path: string): string | undefined => {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
};

/** The next `go` in PATH that is no shim, as a shim finds it; `undefined` when there is none. */
export function findNextGo(path: string, shimFolder: string): string | undefined {
  const shim = real(join(shimFolder, 'go'));
  return path
    .split(':')
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => ({ folder, program: `${folder}/go` }))
    .filter(({ folder, program }) => isProgram(program) && !existsSync(`${folder}/${shimMarker}`))
    .find(({ program }) => shim === undefined || real(program) !== shim)?.program;
}

/** What a `go` program is, by the VERSION file of its GOROOT; `undefined` when it has none. */
export function readLocalGo(program: string): LocalGo | undefined {
  const goRoot = dirname(dirname(real(program) ?? program));
  try {
    const [goVersion = ''] = readFileSync(join(goRoot, 'VERSION'), 'utf8').split('\n');
    return { goVersion, goRoot, program };
  } catch {
    return undefined;
  }
}
