import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireGoRelease } from '@gofleet/base/go-version';
import { godebugReleases, godebugTable } from '@gofleet/inject/godebug-table';
import { isKnownTo } from '@gofleet/inject/known-setting';
import { mergeGodebugSources } from '@gofleet/inject/parse-godebug-source';
import { expect, test } from 'vitest';

/** The newest release of each minor that the table was read from. */
const newest = [...new Map(godebugReleases.map((release) => [release.split('.')[1], release])).values()];

test.each(newest)('the table of Go %s, and nothing else', (release) => {
  const env = { ...process.env, GOTOOLCHAIN: `go${release}` };
  const root = execFileSync('go', ['env', 'GOROOT'], { env, encoding: 'utf8' }).trim();
  const read = (path: string): string => readFileSync(join(root, 'src', path), 'utf8');
  const real = mergeGodebugSources(read('internal/godebugs/table.go'), read('runtime/runtime1.go'));
  const version = requireGoRelease(release);
  const known = godebugTable.filter((setting) => isKnownTo(setting, version));
  expect(known.map(({ name }) => name)).toEqual(real.map(({ name }) => name));
  for (const { name, isNumeric } of real)
    expect([name, known.find((each) => each.name === name)?.isNumeric]).toEqual([name, isNumeric]);
});
