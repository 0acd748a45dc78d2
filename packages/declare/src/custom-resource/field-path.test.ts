import { isGofleetError } from '@gofleet/base/errors';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type FieldPath, parseFieldPath, readField, renderFieldPath } from './field-path.ts';

const segment = fc.oneof(fc.string({ maxLength: 12 }), fc.nat({ max: 99_999 }));
const path = fc.array(segment, { minLength: 1, maxLength: 12 });

test.each<[string, FieldPath]>([
  ['.spec.runtime.goVersion', ['spec', 'runtime', 'goVersion']],
  ['spec.runtime.goVersion', ['spec', 'runtime', 'goVersion']],
  ['{.spec.versions[0].go}', ['spec', 'versions', 0, 'go']],
  ['$.metadata.annotations["example.com/go"]', ['metadata', 'annotations', 'example.com/go']],
  ["{$.metadata.labels['it\\'s\\\\']}", ['metadata', 'labels', "it's\\"]],
  ['.spec.go-version', ['spec', 'go-version']],
  ["['spec']", ['spec']],
])('%s', (text, expected) => {
  expect(parseFieldPath(text)).toEqual(expected);
});

test.each([
  '',
  '.',
  '$',
  '{}',
  '..goVersion',
  '.spec[*]',
  '.spec[?(@.a=="b")]',
  '.spec[-1]',
  '.spec[01]',
  ".spec['a",
  ".spec['a\\n']",
  '.spec runtime',
  '.spec\n',
  `.${'a'.repeat(600)}`,
  '.a'.repeat(33),
])('%j is refused', (text) => {
  expect(() => parseFieldPath(text)).toThrow(/the field path/);
});

test('every path comes back from its text', () => {
  fc.assert(
    fc.property(path, (segments) => {
      const text = renderFieldPath(segments);
      fc.pre(text.length <= 512);
      expect(parseFieldPath(text)).toEqual(segments);
    }),
  );
});

test('any text gives a path or our error', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 600 }),
    fc
      .array(fc.constantFrom('.', '[', ']', "'", '"', '\\', 'a', '0', '{', '}', '$'))
      .map((all) => all.join('')),
  );
  fc.assert(
    fc.property(text, (any) => {
      try {
        expect(parseFieldPath(renderFieldPath(parseFieldPath(any)))).toEqual(parseFieldPath(any));
      } catch (thrown) {
        expect(isGofleetError(thrown) && thrown.code).toBe('declare.malformed-field-path');
      }
    }),
  );
});

test('a value is read where the path leads, and nowhere else', () => {
  const object = { spec: { go: '1.26', list: [{ go: '1.25' }], none: null, dotted: { 'a.b': 'x' } } };
  const read = (text: string): unknown => readField(object, parseFieldPath(text));
  expect(read('.spec.go')).toBe('1.26');
  expect(read('.spec.list[0].go')).toBe('1.25');
  expect(read(".spec.dotted['a.b']")).toBe('x');
  expect(read('.spec.none')).toBeNull();
  for (const text of [
    '.spec.none.go',
    '.spec.go.length',
    '.spec.list.length',
    ".spec.list['0']",
    '.spec.list[1]',
    '.spec[0]',
    '.__proto__.constructor',
    '.constructor.name',
  ])
    expect(read(text)).toBeUndefined();
});

test('a value that was put at a path is read from it', () => {
  fc.assert(
    fc.property(path, (segments) => {
      fc.pre(!segments.includes('__proto__'));
      const object = segments.reduceRight<unknown>(
        (inner, each) =>
          typeof each === 'number' ? Object.assign([], { [each]: inner }) : { [each]: inner },
        '1.26',
      );
      expect(readField(object, segments)).toBe('1.26');
    }),
  );
});
