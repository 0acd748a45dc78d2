import { open } from 'node:fs/promises';

/** Writes a text over another one of the same length wherever a file holds it, as `go tool buildid -w` does with build IDs. */
export async function replaceText(path: string, from: string, to: string): Promise<void> {
  const [old, text] = [Buffer.from(from), Buffer.from(to)];
  const file = await open(path, 'r+');
  try {
    const bytes = await file.readFile();
    for (let at = bytes.indexOf(old); at >= 0; at = bytes.indexOf(old, at + 1)) {
      await file.write(text.subarray(0, old.length), 0, old.length, at);
    }
  } finally {
    await file.close();
  }
}
