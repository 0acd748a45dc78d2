import { SumdbMaker } from '@gofleet/testkit/sumdb-maker';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { completeNodes, hashComplete, hashRecord, hashTree } from './merkle.ts';
import { openNote } from './note.ts';
import { type Tile, tilePath } from './tile.ts';
import { parseTreeHead, renderTreeHead } from './tree-head.ts';
import { type TileSource, VerifiedTree } from './verified-tree.ts';
import { parseVerifierKey } from './verifier-key.ts';

const maker = new SumdbMaker('sums.example');
const records = Array.from({ length: 1100 }, (_, i) => `example.com/m v1.0.${i} h1:${i}\n`);
for (const record of records) maker.add(record);
// Past one level of full tiles, so that tiles of two levels are full.
const deep = new SumdbMaker('deep.example');
for (let i = 0; i < 70_000; i++) deep.add(`r${i}\n`);

const headOf = (log: SumdbMaker, size: number) =>
  parseTreeHead(openNote(log.note(size), parseVerifierKey(log.verifierKey)));

function sourceOf(
  log: SumdbMaker,
  change: (tile: Tile, bytes: Uint8Array) => Uint8Array = (_, bytes) => bytes,
) {
  const kept: string[] = [];
  const source: TileSource = {
    read: async (tile) => change(tile, new Uint8Array(log.read(tilePath(tile)) ?? [])),
    keep: async (tile) => void kept.push(tilePath(tile)),
  };
  return { source, kept };
}

const size = fc.integer({ min: 1, max: records.length });

test('every record of every tree is proved', async () => {
  await fc.assert(
    fc.asyncProperty(size, fc.nat(), async (n, pick) => {
      const tree = new VerifiedTree(headOf(maker, n), sourceOf(maker).source);
      const id = pick % n;
      await tree.checkRecord(id, records[id] as string);
      await expect(tree.checkRecord(id, `${records[id]}x`)).rejects.toMatchObject({
        code: 'resolve.forged-tree',
      });
      await expect(tree.checkRecord(n, records[n] ?? '')).rejects.toMatchObject({
        code: 'resolve.forged-tree',
      });
    }),
    { numRuns: 60 },
  );
});

test('a tree begins with every smaller one, and with no other', async () => {
  await fc.assert(
    fc.asyncProperty(size, fc.nat(), fc.nat(), async (n, pick, at) => {
      const older = headOf(maker, (pick % n) + 1);
      const tree = new VerifiedTree(headOf(maker, n), sourceOf(maker).source);
      await tree.checkBeginsWith(older);
      const other = {
        ...older,
        hash: Uint8Array.from(older.hash, (byte, i) => (i === at % 32 ? byte ^ 1 : byte)),
      };
      await expect(tree.checkBeginsWith(other)).rejects.toMatchObject({ code: 'resolve.forged-tree' });
    }),
    { numRuns: 60 },
  );
});

test('one flipped bit in any tile of a proof is refused, and that tile is not kept', async () => {
  for (const [log, n, id] of [
    [maker, 1100, 5],
    [maker, 1024, 1000],
    [deep, 70_000, 3],
    [deep, 65_536, 65_000],
  ] as const) {
    const read: Tile[] = [];
    const head = headOf(log, n);
    const record = log.records[id] as string;
    const watched = sourceOf(log, (tile, bytes) => {
      read.push(tile);
      return bytes;
    });
    await new VerifiedTree(head, watched.source).checkRecord(id, record);
    expect(watched.kept.sort()).toEqual(read.map(tilePath).sort());
    for (const target of read) {
      for (const at of [17, target.width * 32 - 1]) {
        const { source, kept } = sourceOf(log, (tile, bytes) => {
          if (tilePath(tile) === tilePath(target)) bytes[at] = (bytes[at] ?? 0) ^ 4;
          return bytes;
        });
        const check = new VerifiedTree(head, source).checkRecord(id, record);
        await expect(check).rejects.toMatchObject({ code: 'resolve.forged-tree' });
        expect(kept).not.toContain(tilePath(target));
      }
    }
  }
});

test('a short tile is refused', async () => {
  const { source } = sourceOf(maker, (_, bytes) => bytes.subarray(0, 31));
  const check = new VerifiedTree(headOf(maker, 300), source).checkRecord(1, records[1] as string);
  await expect(check).rejects.toThrow('has 31 bytes instead of');
});

test('a tree of complete nodes has the hash that the RFC defines', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 300 }), (n) => {
      const hashes = completeNodes(n).map(({ level, index }) => {
        const first = index * 2 ** level;
        return hashComplete(records.slice(first, first + 2 ** level).map(hashRecord));
      });
      expect(Buffer.from(hashTree(hashes))).toEqual(Buffer.from(headOf(maker, n).hash));
    }),
  );
});

test('tree heads go there and back, and nothing else is one', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 40), fc.uint8Array({ minLength: 32, maxLength: 32 }), (n, hash) => {
      const head = parseTreeHead(`${renderTreeHead({ size: n, hash })}more\n`);
      expect([head.size, Buffer.from(head.hash)]).toEqual([n, Buffer.from(hash)]);
    }),
  );
  for (const text of [
    '',
    'go.sum database tree\n01\nx\n',
    'go.sum database tree v2\n',
    `${renderTreeHead(headOf(maker, 1)).replace('\n1\n', '\n-1\n')}`,
  ]) {
    expect(() => parseTreeHead(text)).toThrow('expected "go.sum database tree"');
  }
});

test('the paths of tiles', () => {
  // The examples of golang.org/x/mod/sumdb/tlog, of height 8.
  expect(tilePath({ level: 4, index: 1234067, width: 1 })).toBe('tile/8/4/x001/x234/067.p/1');
  expect(tilePath({ level: 0, index: 0, width: 256 })).toBe('tile/8/0/000');
  expect(tilePath({ level: 0, index: 123456789, width: 256 })).toBe('tile/8/0/x123/x456/789');
});
