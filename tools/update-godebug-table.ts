/**
 * Writes `packages/inject/src/godebug/godebug-table.ts` from Go's own sources.
 * Usage: node tools/update-godebug-table.ts 1.21.0 1.21.13 1.22.0 … (releases that `go` can fetch; first and last of each minor)
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mergeGodebugSources, type SourceSetting } from '@gofleet/inject/parse-godebug-source';

interface Entry extends SourceSetting {
  /** From which patch on each minor knows it. */
  readonly known: Record<string, number>;
}

function sourcesOf(release: string): readonly SourceSetting[] {
  const env = { ...process.env, GOTOOLCHAIN: `go${release}` };
  const root = execFileSync('go', ['env', 'GOROOT'], { env, encoding: 'utf8' }).trim();
  const read = (path: string): string => readFileSync(join(root, 'src', path), 'utf8');
  return mergeGodebugSources(read('internal/godebugs/table.go'), read('runtime/runtime1.go'));
}

const releases = process.argv.slice(2);
const entries = new Map<string, Entry>();
for (const release of releases) {
  const [, minor = '', patch = '0'] = release.split('.');
  for (const setting of sourcesOf(release)) {
    const known = entries.get(setting.name)?.known ?? {};
    known[minor] ??= Number(patch);
    entries.set(setting.name, { ...setting, known });
  }
}
const settings = [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
const file = new URL('../packages/inject/src/godebug/godebug-table.ts', import.meta.url);
writeFileSync(
  file,
  `import type { KnownSetting } from './known-setting.ts';

/** The releases that the table was read from. Written by tools/update-godebug-table.ts. */
export const godebugReleases: readonly string[] = ${JSON.stringify(releases)};

/**
 * Every GODEBUG setting of Go 1.21 and newer. Written by tools/update-godebug-table.ts.
 * @see Go src/internal/godebugs/table.go, src/runtime/runtime1.go of the releases above
 */
export const godebugTable: readonly KnownSetting[] = ${JSON.stringify(settings)};
`,
);
execFileSync('npx', ['biome', 'check', '--write', file.pathname], { stdio: 'inherit' });
