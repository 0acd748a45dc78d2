import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';

/**
 * The current directory as the `go` command sees it: by the way that the shell took through links, when PWD says so truly.
 * @see Go os.Getwd (go1.26)
 */
export function workingDirectory({ PWD }: Readonly<Record<string, string | undefined>>): string {
  const real = process.cwd();
  if (PWD === undefined || !isAbsolute(PWD)) return real;
  const [told, is] = [statSync(PWD, { throwIfNoEntry: false }), statSync(real)];
  return told?.dev === is.dev && told.ino === is.ino ? PWD : real;
}
