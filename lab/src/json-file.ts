import { readFile, rename, writeFile } from 'node:fs/promises';

/** Writes a JSON file so that a reader sees all of it or the one before. */
export async function writeJson(path: string, value: unknown, mode = 0o644): Promise<void> {
  const unfinished = `${path}.${process.pid}.unfinished`;
  await writeFile(unfinished, `${JSON.stringify(value, null, 2)}\n`, { mode });
  await rename(unfinished, path);
}

/** A JSON file's value; `undefined` when it is not there or not complete. */
export async function readJson<T>(path: string): Promise<T | undefined> {
  return readFile(path, 'utf8')
    .then(
      (text) => JSON.parse(text) as T,
      () => undefined,
    )
    .catch(() => undefined);
}
