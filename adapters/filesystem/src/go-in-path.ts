import { accessSync, constants, readFileSync, realpathSync, statSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import type { LocalGo } from '@gofleet/declare/ports';
import { inspectFileSync } from './inspect-file.ts';

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** What the VERSION file of a GOROOT says. @see Go cmd/dist/build.go, findgoversion (go1.26) */
function versionOfRoot(goRoot: string): string | undefined {
  try {
    const [first = ''] = readFileSync(join(goRoot, 'VERSION'), 'utf8').split(/\r?\n/, 1);
    return /^(?:go\d|devel )/.test(first) ? first.trim() : undefined;
  } catch {
    return undefined;
  }
}

/** What the program itself says, when it is the `go` command. */
function versionOfProgram(path: string): string | undefined {
  try {
    const { goVersion, buildInfo } = inspectFileSync(path);
    return buildInfo?.package === 'cmd/go' ? goVersion : undefined;
  } catch {
    return undefined;
  }
}

function identify(program: string): LocalGo | undefined {
  const real = realpathSync(program);
  const goRoot = dirname(dirname(real));
  const goVersion = versionOfRoot(goRoot) ?? versionOfProgram(real);
  return goVersion === undefined ? undefined : { goVersion, goRoot, program };
}

/**
 * The first `go` in a PATH that is the `go` command itself: scripts and other programs of that name, as version managers put them
 * there, are passed over. Nothing is run. `undefined` when there is none.
 */
export function findGoInPath(path: string): LocalGo | undefined {
  for (const folder of path.split(delimiter)) {
    const program = join(folder, 'go');
    const found = isAbsolute(folder) && isProgram(program) ? identify(program) : undefined;
    if (found) return found;
  }
  return undefined;
}
