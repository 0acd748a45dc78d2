import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const entry = /^([ \t]*(?:golang|go)[ \t]+)[^\s#]+((?:[ \t]+[^\s#]+)*)/m;

/** A `.tool-versions` with another Go, everything else as it was; `undefined` when no line of it is for Go. */
export function replaceToolVersion(text: string, version: string): string | undefined {
  return entry.test(text) ? text.replace(entry, (_, name: string) => `${name}${version}`) : undefined;
}

async function writeWhole(path: string, text: string): Promise<string> {
  await writeFile(`${path}.${process.pid}`, text);
  await rename(`${path}.${process.pid}`, path);
  return path;
}

/**
 * Pins a directory's Go: in the line for Go of its `.tool-versions`, if it has one, else in `.go-version`.
 * Returns the path of the file.
 */
export async function writePin(directory: string, version: string): Promise<string> {
  const toolVersions = join(directory, '.tool-versions');
  const text = await readFile(toolVersions, 'utf8').catch(() => '');
  const replaced = replaceToolVersion(text, version);
  if (replaced !== undefined) return writeWhole(toolVersions, replaced);
  return writeWhole(join(directory, '.go-version'), `${version}\n`);
}
