import { GofleetError } from '@gofleet/base/errors';
import { SumdbMaker } from '@gofleet/testkit/sumdb-maker';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { type ChecksumDatabase, lookUpSums } from './checksum-database.ts';
import { parseGoSumdb, parseKnownKeys } from './gosumdb.ts';
import { parseLookup } from './lookup.ts';
import type { SumdbMemory } from './ports.ts';
import { parseVerifierKey } from './verifier-key.ts';

const module = 'golang.org/toolchain';
const recordOf = (version: string, sum = 'aaaa'): string =>
  `${module} ${version} h1:${sum}=\n${module} ${version}/go.mod h1:bbbb=\n`;

let maker: SumdbMaker;
let memory: SumdbMemory & { files: Map<string, Uint8Array>; latest?: string };
beforeEach(() => {
  maker = new SumdbMaker('sums.example');
  for (let i = 0; i < 300; i++) maker.add(recordOf(`v1.0.${i}`, `s${i}`));
  memory = {
    files: new Map(),
    readLatest: async () => memory.latest,
    writeLatest: async (note) => {
      memory.latest = note;
    },
    readCache: async (path) => memory.files.get(path),
    writeCache: async (path, bytes) => void memory.files.set(path, bytes),
  };
});

type Change = (path: string, bytes: Uint8Array | undefined) => Uint8Array | undefined;

function databaseOf(log: SumdbMaker, change: Change = (_, bytes) => bytes): ChecksumDatabase {
  const read = async (path: string): Promise<Uint8Array> => {
    const bytes = change(path, log.read(path));
    if (bytes === undefined) throw new GofleetError('resolve.proxy-not-found', path);
    return bytes;
  };
  return { key: parseVerifierKey(maker.verifierKey), memory, remote: { read } };
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (thrown: { code?: string }) => thrown.code ?? String(thrown),
  );

test('sums are those of the record, and the tree is remembered', async () => {
  expect(await lookUpSums(databaseOf(maker), module, 'v1.0.7')).toEqual(['h1:s7=']);
  expect(memory.latest).toBe(maker.note());
});

test('what was proved once is proved again without the database', async () => {
  await lookUpSums(databaseOf(maker), module, 'v1.0.7');
  const offline = databaseOf(maker, () => undefined);
  expect(await lookUpSums(offline, module, 'v1.0.7')).toEqual(['h1:s7=']);
});

test('a remembered answer that was changed on disk is refused', async () => {
  await lookUpSums(databaseOf(maker), module, 'v1.0.7');
  const [path, bytes] = [...memory.files].find(([name]) => name.startsWith('lookup/')) as [
    string,
    Uint8Array,
  ];
  memory.files.set(path, Buffer.from(Buffer.from(bytes).toString().replace('h1:s7', 'h1:s8')));
  expect(await codeOf(lookUpSums(databaseOf(maker), module, 'v1.0.7'))).toBe('resolve.forged-tree');
});

test('the log may grow', async () => {
  await lookUpSums(databaseOf(maker), module, 'v1.0.7');
  for (let i = 300; i < 1000; i++) maker.add(recordOf(`v1.0.${i}`, `s${i}`));
  expect(await lookUpSums(databaseOf(maker), module, 'v1.0.900')).toEqual(['h1:s900=']);
  expect(memory.latest).toBe(maker.note());
});

test('an older signed tree of the same history is fine, and does not move what is remembered back', async () => {
  const old = maker.fork(200);
  await lookUpSums(databaseOf(maker), module, 'v1.0.7');
  const mirror = databaseOf(maker, (path, bytes) => (path.startsWith('lookup/') ? old.read(path) : bytes));
  expect(await lookUpSums(mirror, module, 'v1.0.8')).toEqual(['h1:s8=']);
  expect(memory.latest).toBe(maker.note());
});

test.each([250, 300, 350])('a fork after record 200 is noticed when it has %i records', async (size) => {
  await lookUpSums(databaseOf(maker), module, 'v1.0.7');
  const before = memory.latest;
  const fork = maker.fork(200);
  for (let i = 200; i < size; i++) fork.add(recordOf(`v1.0.${i}`, 'forged'));
  expect(await codeOf(lookUpSums(databaseOf(fork), module, 'v1.0.210'))).not.toBe('none');
  expect(await codeOf(lookUpSums(databaseOf(fork), module, 'v1.0.210'))).toMatch(
    /forged-tree|proxy-not-found/,
  );
  expect(memory.latest).toBe(before);
});

test('an answer about something else is none, whatever follows the record', async () => {
  const other = Buffer.from(maker.read(`lookup/${module}@v1.0.9`) ?? []);
  const swapped = databaseOf(maker, (path, bytes) => (path.startsWith('lookup/') ? other : bytes));
  expect(await codeOf(lookUpSums(swapped, module, 'v1.0.7'))).toBe('resolve.no-checksum');
  // A line for the module that is signed with the tree head is not a record of the log.
  const [id, record] = [`9\n`, maker.records[9] as string];
  const head = maker.note().split('\n\n')[0];
  const note = maker.sign(`${head}\n${module} v1.0.7 h1:evil=\n`);
  const padded = databaseOf(maker, (path, bytes) =>
    path.startsWith('lookup/') ? Buffer.from(`${id}${record}\n${note}`) : bytes,
  );
  expect(await codeOf(lookUpSums(padded, module, 'v1.0.7'))).toBe('resolve.no-checksum');
});

test('a version that the database does not have', async () => {
  expect(await codeOf(lookUpSums(databaseOf(maker), module, 'v9.9.9'))).toBe('resolve.no-checksum');
});

test('one flipped bit in any answer is refused and nothing is remembered', async () => {
  const paths: string[] = [];
  const watch: Change = (path, bytes) => {
    paths.push(path);
    return bytes;
  };
  await lookUpSums(databaseOf(maker, watch), module, 'v1.0.7');
  for (const target of paths) {
    for (const bit of [0, 100, 500]) {
      memory.files.clear();
      delete memory.latest;
      const flipped = databaseOf(maker, (path, bytes) => {
        if (path !== target || !bytes) return bytes;
        const copy = Uint8Array.from(bytes);
        copy[(bit >> 3) % copy.length] = (copy[(bit >> 3) % copy.length] ?? 0) ^ (1 << (bit & 7));
        return copy;
      });
      expect(await codeOf(lookUpSums(flipped, module, 'v1.0.7'))).toMatch(
        /^resolve\.(forged-tree|bad-signature|malformed-(note|lookup|tree-head)|no-checksum)$/,
      );
      expect(memory.latest).toBeUndefined();
    }
  }
});

test('a part-filled tile that was dropped is cut out of the full one', async () => {
  for (let i = 300; i < 600; i++) maker.add(recordOf(`v1.0.${i}`, `s${i}`));
  const old = maker.fork(300);
  const dropped = databaseOf(maker, (path, bytes) => {
    if (path.startsWith('lookup/')) return old.read(path);
    return path.startsWith('tile/8/0/001.p/') ? undefined : (bytes ?? old.read(path));
  });
  expect(await lookUpSums(dropped, module, 'v1.0.7')).toEqual(['h1:s7=']);
});

test('whatever a lookup answers is a record or our error', () => {
  const pieces = fc.oneof(fc.string(), fc.constantFrom('\n', '\n\n', '12', '0', `${module} v1 h1:x`));
  fc.assert(
    fc.property(
      fc.array(pieces).map((parts) => parts.join('')),
      (text) => {
        try {
          const { id, record, note } = parseLookup(text);
          expect(`${id}\n${record}\n${note}`).toBe(text);
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'resolve.malformed-lookup' });
        }
      },
    ),
  );
});

test('GOSUMDB names a database by key, or by name where an installed Go knows the key', () => {
  const source = `var known = map[string]string{\n\t"sums.example": "${maker.verifierKey}",\n}\n`;
  const keys = parseKnownKeys(source);
  expect(keys).toEqual([maker.verifierKey]);
  for (const value of [maker.verifierKey, 'sums.example', 'off', '']) {
    expect(parseGoSumdb(value, keys).key.name).toBe('sums.example');
  }
  expect(parseGoSumdb(`sums.example https://mirror.example/x/`, keys).url).toBe('https://mirror.example/x');
  for (const value of ['other.example', 'sums.example a b', 'sums.example ftp://x']) {
    expect(() => parseGoSumdb(value, keys)).toThrow(/^toolchains are checked/);
  }
  for (const value of ['', 'off', 'sums.example']) expect(() => parseGoSumdb(value, [])).toThrow(/key/);
});
