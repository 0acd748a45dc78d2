import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseGoVersion } from '@gofleet/base/go-version';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { godebugReleases, godebugTable } from './godebug-table.ts';
import { isKnownTo } from './known-setting.ts';
import { mergeGodebugSources, parseGodebugTable, parseRuntimeVariables } from './parse-godebug-source.ts';

function readInstalled() {
  const [root = '', version = ''] = execFileSync('go', ['env', 'GOROOT', 'GOVERSION'], { encoding: 'utf8' })
    .trim()
    .split('\n');
  const read = (path: string): string => readFileSync(join(root, 'src', path), 'utf8');
  const sources = mergeGodebugSources(read('internal/godebugs/table.go'), read('runtime/runtime1.go'));
  return { release: version.replace(/^go/, ''), sources };
}

test("the installed Go's own table: nothing here that it does not have, and all of it where it was read", () => {
  const { release, sources } = readInstalled();
  const version = parseGoVersion(release);
  const known = godebugTable
    .filter((setting) => version && isKnownTo(setting, version))
    .map(({ name }) => name);
  const real = sources.map(({ name }) => name);
  expect(known.length).toBeGreaterThan(50);
  expect(known.filter((name) => !real.includes(name))).toEqual([]);
  if (godebugReleases.includes(release)) expect(known).toEqual(real);
  for (const { name, changed, old } of sources) {
    const ours = godebugTable.find((setting) => setting.name === name);
    if (ours && changed !== undefined) expect([name, ours.changed, ours.old]).toEqual([name, changed, old]);
  }
});

test('sorted, named once, and each known to some release', () => {
  const names = godebugTable.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)].sort());
  for (const { known } of godebugTable) expect(Object.keys(known).length).toBeGreaterThan(0);
});

test('lines of the table and of the list of the runtime, comments left out', () => {
  const table = `var All = []Info{
	{Name: "http2client", Package: "net/http"},
	//{Name: "multipartfiles", Package: "mime/multipart"},
	{Name: "panicnil", Package: "runtime", Changed: 21, Old: "1"}, // why
	{Name: "broken"},
}`;
  const runtime = `var dbgvars = []*dbgVar{
	{name: "gctrace", value: &debug.gctrace},
	{name: "panicnil", atomic: &debug.panicnil},
}
	{name: "elsewhere", value: nil},
	if seen == nil && key == "memprofilerate" {`;
  expect(parseGodebugTable(table).map(({ name }) => name)).toEqual(['http2client', 'panicnil']);
  expect(parseRuntimeVariables(runtime)).toEqual(['gctrace', 'panicnil', 'memprofilerate']);
  expect(mergeGodebugSources(table, runtime)).toEqual([
    { name: 'gctrace', package: 'runtime', isNumeric: true },
    { name: 'http2client', package: 'net/http' },
    { name: 'memprofilerate', package: 'runtime', isNumeric: true },
    { name: 'panicnil', package: 'runtime', changed: 21, old: '1', isNumeric: true },
  ]);
});

test('any text is parsed', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (table, runtime) =>
      Array.isArray(mergeGodebugSources(table, runtime)),
    ),
  );
});
