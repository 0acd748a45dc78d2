#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { makeDirectory } from '@gofleet/filesystem/make-directory';

// Compiling the command line anew takes as long as reading hundreds of programs. Where it cannot be kept, nothing is.
const compiled = join(cacheRoot(), 'compiled');
// Node would make the folder itself, and below /proc it would not end.
await makeDirectory(compiled).then(
  () => enableCompileCache(compiled),
  () => undefined,
);
const { main } = await import('./main.ts');
await main(process.argv.slice(2));
