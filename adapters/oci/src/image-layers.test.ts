import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptyContent } from './archive-content.ts';
import { describeImage, describeImages } from './image-layers.ts';

const rest = { reference: 'x', layers: ['/l'] };

test('entry point, command and labels; what is something else is left out', () => {
  const config = { Entrypoint: ['/app'], Cmd: ['-v'], Labels: { a: 'b', c: 1 } };
  expect(describeImage(JSON.stringify({ config }), rest)).toEqual({
    ...{ ...rest, entrypoint: ['/app', '-v'], labels: { a: 'b' } },
  });
  for (const text of [
    undefined,
    '',
    'null',
    '{"config":null}',
    '{"config":{"Entrypoint":3,"Labels":null}}',
  ]) {
    expect(describeImage(text, rest)).toEqual({ ...rest, entrypoint: [], labels: {} });
  }
});

test('any JSON in the place of manifests gives an answer, never a crash', () => {
  const keys = fc.constantFrom(
    'Config',
    'Layers',
    'RepoTags',
    'manifests',
    'digest',
    'annotations',
    'layers',
    'config',
  );
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom<unknown>(null, 1, 'text', 'sha256:a'),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(keys, tie('any'), { maxKeys: 4 }),
    ),
  })).any;
  fc.assert(
    fc.property(fc.constantFrom('/manifest.json', '/index.json'), value, value, (name, first, second) => {
      const content = emptyContent();
      content.texts.set(name, JSON.stringify(first)).set('/blobs/sha256/a', JSON.stringify(second));
      expect(Array.isArray(describeImages(content))).toBe(true);
    }),
  );
});
