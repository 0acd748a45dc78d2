import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';

function realDirectory(): string {
  try {
    return process.cwd();
  } catch (cause) {
    const hint = 'change to one that exists';
    throw new GofleetError('cli.no-directory', 'the current directory is gone', { hint, cause });
  }
}

/**
 * The current directory as the `go` command sees it: by the way that the shell took through links, when PWD says so truly.
 * @throws `cli.no-directory`
 * @see Go os.Getwd (go1.26)
 */
export function workingDirectory({ PWD }: Readonly<Record<string, string | undefined>>): string {
  const real = realDirectory();
  if (PWD === undefined || !isAbsolute(PWD)) return real;
  const [told, is] = [statSync(PWD, { throwIfNoEntry: false }), statSync(real)];
  return told?.dev === is.dev && told.ino === is.ino ? PWD : real;
}
