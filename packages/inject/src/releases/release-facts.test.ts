import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isUsable, minors, type Stage, stageOf } from './release-fact.ts';
import { releaseFacts } from './release-facts.ts';
import { renderReleases } from './render-releases.ts';

const order: readonly Stage[] = ['absent', 'alpha', 'off', 'on', 'stable', 'gone'];
/** Was turned on in 1.32 and off again in 1.33. */
const turnedBack = new Set(['WatchList']);

test('every fact is named once, says what gofleet does, and where it is from', () => {
  expect(new Set(releaseFacts.map(({ id }) => id)).size).toBe(releaseFacts.length);
  for (const fact of releaseFacts)
    for (const text of [fact.title, fact.with, fact.without, fact.source]) expect(text).not.toBe('');
});

test.each(releaseFacts.map((fact) => [fact.id, fact] as const))('%s only moves on', (id, fact) => {
  const from = fact.stages.map(([minor]) => minor);
  expect(from).toEqual([...new Set(from)].sort((a, b) => a - b));
  expect(from.at(-1)).toBeLessThanOrEqual(minors.newest);
  const ranks = fact.stages.map(([, stage]) => order.indexOf(stage));
  if (!turnedBack.has(id)) expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
  expect(ranks).not.toContain(0);
});

test('what gofleet cannot do without is usable in every release that it is for', () => {
  const needed = releaseFacts.filter(
    ({ without }) => without.startsWith('needs') || without.startsWith('has no'),
  );
  expect(needed.length).toBeGreaterThan(3);
  for (const fact of needed)
    for (let minor: number = minors.oldest; minor <= minors.newest; minor += 1)
      expect([fact.id, minor, isUsable(fact, minor)]).toEqual([fact.id, minor, true]);
});

test.each([
  ['ImageVolume', 30, 'absent'],
  ['ImageVolume', 31, 'alpha'],
  ['ImageVolume', 34, 'off'],
  ['ImageVolume', 35, 'on'],
  ['ImageVolume', 37, 'stable'],
  ['CSIInlineVolume', 20, 'on'],
  ['batch/v1beta1 CronJob', 24, 'on'],
  ['batch/v1beta1 CronJob', 25, 'gone'],
  ['flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema', 31, 'on'],
])('%s in 1.%i: %s', (id, minor, stage) => {
  const fact = releaseFacts.find((each) => each.id === id);
  expect(fact && stageOf(fact, minor)).toBe(stage);
});

test('some version of flow control is served in every release', () => {
  const versions = releaseFacts.filter(({ id }) => id.startsWith('flowcontrol'));
  for (let minor: number = minors.oldest; minor <= minors.newest; minor += 1)
    expect(versions.some((fact) => isUsable(fact, minor))).toBe(true);
});

test('the page in docs/ is current: node tools/render-releases.ts', () => {
  const page = join(import.meta.dirname, '../../../../docs/kubernetes-releases.md');
  expect(readFileSync(page, 'utf8')).toBe(renderReleases(releaseFacts));
  for (let minor: number = minors.oldest; minor <= minors.newest; minor += 1)
    expect(readFileSync(page, 'utf8')).toMatch(new RegExp(`^\\| 1\\.${minor} +\\|`, 'm'));
});
