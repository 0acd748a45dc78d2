import { writeSync } from 'node:fs';
import type { BuildCache } from './build-cache.ts';

/** Answers the `go` command on standard input and output until it says goodbye or goes. */
export async function runAttachedSession(cache: BuildCache): Promise<void> {
  const session = cache.begin({
    write: (text) => process.stdout.write(text),
    say: (line) => writeSync(2, `gofleet cacheprog: ${line}\n`),
  });
  process.stdin.on('data', (chunk: Buffer) => session.push(chunk));
  process.stdin.once('end', () => void session.end());
  await session.closed;
  process.stdin.pause();
  await session.finished;
  cache.stop();
}
