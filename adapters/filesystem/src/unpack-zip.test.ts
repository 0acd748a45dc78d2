import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeZip, type ZipFaults } from '@gofleet/testkit/zip-maker';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { unpackZip } from './unpack-zip.ts';

const root = mkdtempSync(join(tmpdir(), 'gofleet-zip-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let count = 0;
async function unpack(
  bytes: Uint8Array,
): Promise<{ dir: string; files: Awaited<ReturnType<typeof unpackZip>> }> {
  const dir = join(root, String(count++));
  mkdirSync(dir);
  writeFileSync(`${dir}.zip`, bytes);
  return { dir, files: await unpackZip({ zip: `${dir}.zip`, dir, prefix: 'p/' }) };
}
const codeOf = (bytes: Uint8Array): Promise<string> =>
  unpack(bytes).then(
    () => 'none',
    (thrown: { code?: string }) => thrown.code ?? String(thrown),
  );

const name = fc.stringMatching(/^[a-z]{1,8}$/);
const tree = fc.dictionary(name, fc.string({ maxLength: 100_000, size: 'max' }), { maxKeys: 12 });

test('files come out as they went in, read-only and not executable', async () => {
  await fc.assert(
    fc.asyncProperty(tree, async (contents) => {
      const entries = Object.entries(contents).map(
        ([path, text]) => [`p/d/${path}`, text.toWellFormed()] as const,
      );
      const { dir, files } = await unpack(makeZip(entries));
      expect(files.map(({ path }) => `p/${path}`).sort()).toEqual(entries.map(([path]) => path).sort());
      for (const [path, text] of entries) {
        const written = join(dir, path.slice(2));
        expect(readFileSync(written, 'utf8')).toBe(text);
        expect(statSync(written).mode & 0o333).toBe(0);
      }
    }),
    { numRuns: 20 },
  );
});

test.each<[string, readonly (readonly [string, string])[], ZipFaults?]>([
  ['a path that leads out', [['p/../../evil', 'x']]],
  ['an absolute path', [['/etc/evil', 'x']]],
  ['a backslash', [['p/a\\b', 'x']]],
  ['another prefix', [['q/a', 'x']]],
  ['an empty part', [['p/a//b', 'x']]],
  ['a line break', [['p/a\nb', 'x']]],
  [
    'the same file twice',
    [
      ['p/a', 'x'],
      ['p/a', 'y'],
    ],
  ],
  ['a symbolic link', [['p/a', '/etc/passwd']], { mode: 0o120777 }],
  ['more than it claims', [['p/a', 'x'.repeat(100)]], { claimedBytes: 10 }],
  ['less than it claims', [['p/a', 'x']], { claimedBytes: 10 }],
  ['a claim of too much', [['p/a', 'x']], { claimedBytes: 2 ** 31 }],
])('refused: %s', async (_what, entries, faults) => {
  expect(await codeOf(makeZip(entries, faults))).toBe('filesystem.corrupt-archive');
  expect(readdirSync(root)).not.toContain('evil');
});

test('whatever the file holds, the answer is ours', async () => {
  const good = makeZip([
    ['p/a', 'some text'],
    ['p/b', 'x'.repeat(2000)],
  ]);
  const cut = fc.nat(good.length - 1).map((length) => good.subarray(0, length));
  const noise = fc.uint8Array({ maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(fc.oneof(cut, noise), async (bytes) => {
      expect(await codeOf(bytes)).toBe('filesystem.corrupt-archive');
    }),
    { numRuns: 60 },
  );
});
