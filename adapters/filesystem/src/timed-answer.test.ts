import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keepTimedAnswer, readTimedAnswer } from './timed-answer.ts';

let path: string;
let dir: string;
const at = '2026-01-01T12:00:00.000Z';
const later = (seconds: number) => new Date(Date.parse(at) + seconds * 1000);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gofleet-timed-'));
  path = join(dir, 'deep', 'answer.json');
});
afterAll(() => rm(dir, { recursive: true }));

test('an answer counts until it is too old, and not before it was given', async () => {
  expect(await readTimedAnswer(path, 60_000, later(0))).toBeUndefined();
  await keepTimedAnswer(path, { at, value: { nodes: 2 } });
  expect(await readTimedAnswer(path, 60_000, later(59))).toEqual({ at, value: { nodes: 2 } });
  expect(await readTimedAnswer(path, 60_000, later(60))).toBeUndefined();
  expect(await readTimedAnswer(path, 60_000, later(-1))).toBeUndefined();
});

test('what is no answer counts as none', async () => {
  for (const text of ['', '{', '7', 'null', '{"at":"x","value":1}', `{"at":"${at}"}`]) {
    await writeFile(path, text);
    expect(await readTimedAnswer(path, 60_000, later(1))).toBeUndefined();
  }
});
