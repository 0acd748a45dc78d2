#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { cacheRoot } from '@gofleet/filesystem/cache-root';

/** Node would make the folder itself, and below `/proc` it would not end. */
async function makeFolder(path: string): Promise<boolean> {
  const { makeDirectory } = await import('@gofleet/filesystem/make-directory');
  return makeDirectory(path).then(
    () => true,
    () => false,
  );
}

/** Who reads may have had enough (`gofleet … | head`): what is being done goes on. */
function goOnUnread(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

for (const stream of [process.stdout, process.stderr]) stream.on('error', goOnUnread);
// Compiling the command line anew takes as long as reading hundreds of programs. Where it cannot be kept, nothing is.
const compiled = join(cacheRoot(), 'compiled');
if (existsSync(compiled) || (await makeFolder(compiled))) enableCompileCache(compiled);
const { main } = await import('./main.ts');
await main(process.argv.slice(2));
