import { statSync } from 'node:fs';
import { resolve } from 'node:path';

function isSame(a: string, b: string): boolean {
  const [left, right] = [a, b].map((path) => statSync(path, { throwIfNoEntry: false }));
  return left !== undefined && right !== undefined && left.dev === right.dev && left.ino === right.ino;
}

/**
 * A directory as the shell names it: `$PWD`, when it is where we are, keeps the links that led here, as the go command and shims do.
 * @see Go src/os/getwd.go (go1.26)
 */
export function logicalDirectory(named = '.'): string {
  const { PWD } = process.env;
  const isValid = PWD !== undefined && resolve(PWD) === PWD && isSame(PWD, '.');
  return resolve(isValid ? PWD : process.cwd(), named);
}
