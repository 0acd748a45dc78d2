import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { BuildCache } from './build-cache.ts';

export interface ResidentOptions {
  readonly cache: BuildCache;
  /** Where the client finds it, in a folder of the user's own. */
  readonly socket: string;
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

/** One build; a line of the socket is JSON for the `go` command, or begins with # and is for its user. */
async function serve(cache: BuildCache, socket: Socket): Promise<void> {
  const write = (text: string): void => void (socket.writable && socket.write(text));
  const session = cache.begin({ write, say: (line) => write(`#gofleet cacheprog: ${line}\n`) });
  socket.on('data', (chunk: Buffer) => session.push(chunk));
  socket.once('end', () => void session.end());
  // A client that was killed leaves a connection that is reset.
  socket.once('error', () => void session.end());
  await session.closed;
  socket.end();
  await session.finished;
}

async function inodeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.ino;
}

/**
 * Answers builds one after the other and side by side, until none came for a while. Takes the place of another process that
 * listened there: that one ends its builds, and itself.
 */
export async function runResident({ cache, socket: path, idleMs, signal }: ResidentOptions): Promise<void> {
  // A socket's path may have a hundred bytes.
  process.chdir(dirname(path));
  const own = `${process.pid}.new`;
  const idle = new AbortController();
  let busy = 0;
  let timer = setTimeout(() => idle.abort(), idleMs);
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    busy += 1;
    clearTimeout(timer);
    void serve(cache, socket).finally(() => {
      busy -= 1;
      if (busy === 0) timer = setTimeout(() => idle.abort(), idleMs);
    });
  });
  server.listen(own);
  await once(server, 'listening');
  const inode = await inodeOf(own);
  await rename(own, path);
  await once(AbortSignal.any([signal, idle.signal]), 'abort').catch(() => undefined);
  if ((await inodeOf(path)) === inode) rmSync(path, { force: true });
  server.close();
  cache.stop();
}
