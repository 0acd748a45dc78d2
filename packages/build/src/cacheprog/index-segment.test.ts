import { createHash } from 'node:crypto';
import type { Sha256 } from '@gofleet/base/digest';
import { isGofleetError } from '@gofleet/base/errors';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeSegments, parseSegment, planMerge, renderSegment } from './index-segment.ts';

const idOf = (text: string): Sha256 => createHash('sha256').update(text).digest('hex') as Sha256;

const bundle = fc
  .record({
    name: fc.nat(50),
    sequence: fc.nat(100),
    madeAtMs: fc.nat(),
    actions: fc.array(fc.nat(), { maxLength: 5 }),
  })
  .map(({ name, sequence, madeAtMs, actions }) => ({
    ...{ sha256: idOf(`${name}`), build: idOf('b').slice(0, 16), sequence, madeAtMs },
    actionIds: actions.map((action) => idOf(`a${action}`)),
  }));
const bundles = fc.array(bundle, { maxLength: 10 });

test('a segment comes back as it was', () => {
  fc.assert(
    fc.property(bundles, (list) => {
      expect(parseSegment(renderSegment(list))).toEqual(list);
    }),
  );
});

test('damaged segments give our error, or another segment', () => {
  fc.assert(
    fc.property(bundles, fc.nat(), fc.nat(255), (list, at, byte) => {
      const bytes = Buffer.from(renderSegment(list));
      bytes.writeUInt8(byte, at % bytes.length);
      try {
        parseSegment(bytes.subarray(0, bytes.length - (at % 3)));
      } catch (thrown) {
        expect(isGofleetError(thrown) && thrown.code).toBe('build.malformed-index');
      }
    }),
  );
});

test('a merge loses no bundle and has each once', () => {
  fc.assert(
    fc.property(fc.array(bundles), (segments) => {
      const merged = mergeSegments(segments).map(({ sha256 }) => sha256);
      expect(new Set(merged).size).toBe(merged.length);
      expect(new Set(merged)).toEqual(new Set(segments.flat().map(({ sha256 }) => sha256)));
    }),
  );
});

test('after a hundred builds few segments are left', () => {
  let segments: { sha256: Sha256; sizeBytes: number }[] = [];
  for (let build = 0; build < 100; build++) {
    segments.push({ sha256: idOf(`${build}`), sizeBytes: 5000 });
    for (let merge = planMerge(segments); merge.length > 0; merge = planMerge(segments)) {
      const sizeBytes = merge.reduce((sum, segment) => sum + segment.sizeBytes, 0);
      segments = [
        ...segments.filter((one) => !merge.includes(one)),
        { sha256: idOf(`m${build}`), sizeBytes },
      ];
    }
    expect(segments.length).toBeLessThanOrEqual(22);
  }
});
