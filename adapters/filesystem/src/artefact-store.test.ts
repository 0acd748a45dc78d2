import { createHash } from 'node:crypto';
import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding } from '@gofleet/base/finding';
import type { RelinkResult } from '@gofleet/build/relink';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createArtefactStore } from './artefact-store.ts';

let dir: string;
let findings: Finding[];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gofleet-store-'));
  findings = [];
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const open = (): ReturnType<typeof createArtefactStore> =>
  createArtefactStore({ dir: join(dir, 'store'), onFinding: (finding) => findings.push(finding) });
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

async function* streamOf(text: string): AsyncGenerator<Uint8Array> {
  for (const char of text) yield Buffer.from(char);
}

async function putText(text: string): Promise<string> {
  const source = join(dir, 'source');
  await writeFile(source, text);
  return (await open().put(source)).path;
}

test('keeps files and streams under their hash, executable and read-only', async () => {
  const path = await putText('program');
  expect(path).toBe(join(dir, 'store/sha256', sha256('program').slice(0, 2), sha256('program').slice(2)));
  expect(await readFile(path, 'utf8')).toBe('program');
  expect((await stat(path)).mode & 0o777).toBe(0o555);
  const streamed = await open().put(streamOf('other'));
  expect(streamed).toMatchObject({ sha256: sha256('other'), sizeBytes: 5 });
  expect(await open().get(sha256('other'))).toEqual(streamed);
  expect(await open().get(sha256('nobody'))).toBeUndefined();
  expect(await readdir(join(dir, 'store/tmp'))).toEqual([]);
});

test('tells what is there, and takes away what is not wanted', async () => {
  expect(await open().list()).toEqual([]);
  await putText('one');
  await putText('two');
  expect([...(await open().list())].sort()).toEqual([sha256('one'), sha256('two')].sort());
  const store = open();
  await store.remove(sha256('one'));
  await store.remove(sha256('one'));
  expect(await store.list()).toEqual([sha256('two')]);
  expect(await store.get(sha256('one'))).toBeUndefined();
});

test('what is not what was expected is not stored', async () => {
  const put = open().put(streamOf('evil'), { sha256: sha256('good') });
  await expect(put).rejects.toMatchObject({ code: 'build.wrong-digest', retry: 'later' });
  expect(await open().get(sha256('evil'))).toBeUndefined();
});

test('one changed byte: removed, reported, absent; and stored again by the next put', async () => {
  const store = open();
  const path = await putText('program');
  expect(await store.get(sha256('program'))).toBeDefined();
  await chmod(path, 0o755);
  await writeFile(path, 'prOgram');
  expect(await store.get(sha256('program'))).toBeUndefined();
  expect(findings.map(({ code }) => code)).toEqual(['build.corrupt-artefact']);
  expect(await putText('program')).toBe(path);
  expect(await store.get(sha256('program'))).toMatchObject({ path });
});

test('a put over a damaged file replaces it', async () => {
  const path = await putText('program');
  await chmod(path, 0o755);
  await appendFile(path, '!');
  await putText('program');
  expect(await readFile(path, 'utf8')).toBe('program');
});

function resultWith(digest: string): RelinkResult {
  return {
    original: { sha256: 'a'.repeat(64), sizeBytes: 1, goVersion: 'go1.21.5', package: 'm', buildId: '' },
    reproduction: { goVersion: 'go1.21.5', equal: true, segments: [], grade: 'proven', differences: [] },
    artefact: {
      path: '/elsewhere',
      sha256: digest,
      sizeBytes: 7,
      goVersion: 'go1.26.8',
      grade: 'proven',
      changes: [],
    },
  };
}

test('a recipe leads to its artefact while that is intact', async () => {
  const [store, key] = [open(), sha256('recipe')];
  expect(await store.findBuild(key)).toBeUndefined();
  const path = await putText('program');
  await store.recordBuild(key, resultWith(sha256('program')));
  expect((await open().findBuild(key))?.artefact.path).toBe(path);
  await rm(path);
  expect(await store.findBuild(key)).toBeUndefined();
});

test('a proof is found under its key, and not when its record is damaged', async () => {
  const [store, key] = [open(), sha256('proof')];
  const { reproduction } = resultWith(sha256('program'));
  const proof = { reproduction, source: { kind: 'release' }, linkFlags: '-s -w' } as const;
  await store.recordProof(key, proof);
  expect(await open().findProof(key)).toEqual(proof);
  const record = join(dir, 'store/proofs', key.slice(0, 2), `${key.slice(2)}.json`);
  await chmod(record, 0o644);
  for (const text of ['', 'null', '{"linkFlags":""}']) {
    await writeFile(record, text);
    expect(await store.findProof(key)).toBeUndefined();
  }
});

test('a record that was cut short is none', async () => {
  const [store, key] = [open(), sha256('recipe')];
  await putText('program');
  await store.recordBuild(key, resultWith(sha256('program')));
  const record = join(dir, 'store/builds', key.slice(0, 2), `${key.slice(2)}.json`);
  await chmod(record, 0o644);
  for (const text of ['', '{', 'null', '{"artefact":{"sha256":"../../etc"}}']) {
    await writeFile(record, text);
    expect(await store.findBuild(key)).toBeUndefined();
  }
});

test('a digest that is none is refused before it becomes a path', async () => {
  await expect(open().get('../../../etc/passwd')).rejects.toMatchObject({ code: 'base.malformed-digest' });
});

test('many puts of the same at once leave one intact file', async () => {
  const [a, b] = [open(), open()];
  await Promise.all(Array.from({ length: 8 }, (_, n) => (n % 2 ? a : b).put(streamOf('program'))));
  expect(await a.get(sha256('program'))).toBeDefined();
  expect(findings).toEqual([]);
});

test('what a killed process left is swept away after a day', async () => {
  const temporary = join(dir, 'store/tmp');
  await mkdir(temporary, { recursive: true });
  for (const name of ['old', 'new']) await writeFile(join(temporary, name), 'half');
  await utimes(join(temporary, 'old'), 0, 0);
  await open().put(streamOf('program'));
  expect(await readdir(temporary)).toEqual(['new']);
});
