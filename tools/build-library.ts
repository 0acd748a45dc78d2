import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { version } from '../apps/cli/src/version.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const entry = 'apps/cli/src/identify.ts';

/** The reader in one file that needs no other, and nothing of Node. */
async function bundleReader(folder: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: { identify: entry },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'warning',
  });
}

/** Where a package of the workspace has what it exports under a name. */
function sourceOf(specifier: string): string {
  const [, name = '', file = ''] = /^@gofleet\/([^/]+)\/(.+)$/.exec(specifier) ?? [];
  return `packages/${name}/src/${file}`;
}

/** Copies a declaration file and those that it imports; across packages they find each other by path. */
function copyDeclarations(from: string, to: string, file: string): void {
  const target = join(to, `${file}.d.ts`);
  if (existsSync(target)) return;
  const text = readFileSync(join(from, `${file}.d.ts`), 'utf8');
  mkdirSync(dirname(target), { recursive: true });
  const imported: string[] = [];
  const rewritten = text.replace(
    /(from ')([^']+)(')/g,
    (_, before: string, specifier: string, after: string) => {
      const path = specifier.startsWith('.')
        ? join(dirname(file), specifier.replace(/\.ts$/, ''))
        : sourceOf(specifier);
      imported.push(path);
      const near = relative(dirname(file), path);
      return `${before}${near.startsWith('.') ? near : `./${near}`}.js${after}`;
    },
  );
  writeFileSync(target, rewritten);
  for (const path of imported) copyDeclarations(from, to, path);
}

function declareTypes(folder: string): void {
  const made = join(folder, 'declarations');
  const tsc = join(root, 'node_modules/.bin/tsc');
  const project = join(folder, 'tsconfig.json');
  const options = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: root,
    outDir: made,
  };
  // What is imported through node_modules counts as foreign, and is declared only when it is named.
  const include = [entry, 'packages/base/src', 'packages/identify/src'].map((path) => join(root, path));
  const exclude = [join(root, 'packages/**/*.test.ts')];
  const whole = { extends: join(root, 'tsconfig.json'), compilerOptions: options, include, exclude };
  writeFileSync(project, JSON.stringify(whole));
  execFileSync(process.execPath, [tsc, '-p', project], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  copyDeclarations(made, join(folder, 'types'), entry.replace(/\.ts$/, ''));
  rmSync(made, { recursive: true });
  rmSync(project);
}

/** What makes a folder with the bundle the package `gofleet`. */
const manifest = {
  name: 'gofleet',
  version,
  license: 'Apache-2.0',
  type: 'module',
  engines: { node: '>=22.18' },
  bin: { gofleet: './gofleet.mjs' },
  exports: { './identify': { types: './types/apps/cli/src/identify.d.ts', default: './identify.mjs' } },
};

/** Adds the library `gofleet/identify`, its types, and the manifest of the package to a folder. */
export async function buildLibrary(folder: string): Promise<void> {
  await bundleReader(folder);
  declareTypes(folder);
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
