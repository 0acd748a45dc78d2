import fc from 'fast-check';
import { expect, test } from 'vitest';
import { replaceToolVersion } from './write-pin.ts';

test.each([
  ['golang 1.22.3\n', 'golang 1.26.8\n'],
  ['nodejs 24\ngolang  1.22.3 1.21.0 # why\r\npython 3\n', 'nodejs 24\ngolang  1.26.8 # why\r\npython 3\n'],
  ['go 1.22.3', 'go 1.26.8'],
])('%j becomes %j', (before, after) => {
  expect(replaceToolVersion(before, '1.26.8')).toBe(after);
});

test.each(['', 'nodejs 24\n', '# golang 1.22.3\n', 'golangci-lint 2.1\n'])(
  '%j has no line for Go',
  (text) => {
    expect(replaceToolVersion(text, '1.26.8')).toBeUndefined();
  },
);

test('other lines stay as they are', () => {
  const line = fc.stringMatching(/^[a-fh-z][a-z-]{0,9} [0-9.]{1,8}$/);
  fc.assert(
    fc.property(fc.array(line), fc.array(line), (before, after) => {
      const text = [...before, 'golang 1.22.3', ...after].join('\n');
      expect(replaceToolVersion(text, '1.26.8')).toBe([...before, 'golang 1.26.8', ...after].join('\n'));
    }),
  );
});
