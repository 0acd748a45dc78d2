import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseObjectRelease } from './object-release.ts';

const member = '__.PKGDEF       0           0     0     644     1188      `\n';

test('a compiled package says which release compiled it', () => {
  const text = `!<arch>\n${member}go object linux amd64 go1.26.8 GOAMD64=v1 X:regabiwrappers\nbuild id "x/y"\n`;
  expect(parseObjectRelease(Buffer.from(text))).toBe('go1.26.8');
});

test.each(['', '!<arch>\n', `!<arch>\n${member}`, '{"ImportPath":"x"}', 'ok example.test 0.1s\n'])(
  '%j says nothing',
  (text) => expect(parseObjectRelease(Buffer.from(text))).toBeUndefined(),
);

test('any bytes give a release or nothing', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void parseObjectRelease(bytes)));
});
