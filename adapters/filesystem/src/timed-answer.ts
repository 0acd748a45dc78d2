import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A value as plain data, and when it was true. */
export interface TimedAnswer<T> {
  /** RFC 3339. */
  readonly at: string;
  readonly value: T;
}

/** The answer that was kept in a file, when it is younger than the limit; `undefined` when it is not or cannot be read. */
export async function readTimedAnswer<T>(
  path: string,
  maxAgeMs: number,
  now: Date,
): Promise<TimedAnswer<T> | undefined> {
  try {
    const answer = JSON.parse(await readFile(path, 'utf8')) as TimedAnswer<T>;
    const ageMs = now.getTime() - Date.parse(answer.at);
    // An answer of the future was written by a clock that was wrong.
    return ageMs >= 0 && ageMs < maxAgeMs && answer.value !== undefined ? answer : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps an answer in a file, whole or not at all. */
export async function keepTimedAnswer<T>(path: string, answer: TimedAnswer<T>): Promise<void> {
  const made = `${path}.${process.pid}`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(made, JSON.stringify(answer), { mode: 0o600 });
  await rename(made, path);
}
