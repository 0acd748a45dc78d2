import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { configRoot } from '@gofleet/filesystem/config-root';
import { makeDirectory } from '@gofleet/filesystem/make-directory';

/** The file that names the release for directories that ask for none. */
export const defaultGoFile = (): string => join(configRoot(), 'go-version');

/** The release that `gofleet toolchain use --default` chose: `go1.26.8`; `undefined` when none was. */
export async function readDefaultGo(): Promise<string | undefined> {
  const text = (await readFile(defaultGoFile(), 'utf8').catch(() => '')).trim();
  return text === '' ? undefined : text;
}

/** Chooses the release for directories that ask for none. */
export async function writeDefaultGo(goVersion: string): Promise<void> {
  const path = defaultGoFile();
  await makeDirectory(dirname(path));
  await writeFile(`${path}.${process.pid}`, `${goVersion}\n`);
  await rename(`${path}.${process.pid}`, path);
}
