#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { cacheRoot } from '@gofleet/filesystem/cache-root';

// Compiling the command line anew takes as long as reading hundreds of programs. Where it cannot be kept, nothing is.
enableCompileCache(join(cacheRoot(), 'compiled'));
const { main } = await import('./main.ts');
await main(process.argv.slice(2));
