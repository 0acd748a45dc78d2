import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildLibrary } from './build-library.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const outdir = join(root, 'dist');

// The bundle uses `require` only inside CommonJS dependencies; ES modules have none of their own.
const banner =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/** Bundles the command line into a folder, one chunk per lazily loaded command. */
async function bundle(folder: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: {
      gofleet: 'apps/cli/src/bin.ts',
      'bundle-thread': 'apps/cli/src/cacheprog/bundle-thread.ts',
    },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    // What the CycloneDX library writes XML with, when it is there; we write JSON.
    external: ['xmlbuilder2'],
    banner: { js: banner },
    logLevel: 'warning',
  });
}

/** Puts the finished folder in place at once: somebody else may be running or building the command line. */
function swap(made: string): void {
  const old = `${made}.old`;
  if (existsSync(outdir)) renameSync(outdir, old);
  renameSync(made, outdir);
  rmSync(old, { recursive: true, force: true });
}

const cache = join(root, 'node_modules/.cache');
mkdirSync(cache, { recursive: true });
const made = join(cache, `gofleet-dist-${process.pid}`);
await bundle(made);
await buildLibrary(made);
swap(made);
