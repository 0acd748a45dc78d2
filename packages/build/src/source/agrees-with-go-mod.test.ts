import fc from 'fast-check';
import { expect, test } from 'vitest';
import { relinkOriginalFromObserved } from '../relink-original.ts';
import { agreesWithGoMod } from './agrees-with-go-mod.ts';

const original = relinkOriginalFromObserved({
  ...{ sha256: 'a'.repeat(64), sizeBytes: 1, goVersion: 'go1.24.1', os: 'linux', arch: 'amd64', buildId: '' },
  buildInfo:
    'path\tm\nmod\tm\t(devel)\ndep\texample.com/a\tv1.1.0\th1:a=\ndep\texample.com/b\tv0.2.0\th1:b=\n',
});

test.each([
  [true, 'module m\n\nrequire (\n\texample.com/a v1.1.0\n\texample.com/b v0.2.0 // indirect\n)\n'],
  [true, 'module m\nrequire example.com/a v1.1.0\nrequire example.com/unused v9.0.0\n'],
  [true, 'module m\nexclude (\n\texample.com/a v1.0.0\n)\n'],
  [false, 'module m\nrequire example.com/a v1.0.0\n'],
  [false, 'module m\nrequire (\n\t"example.com/b" v0.3.0\n)\n'],
])('%s: %s', (agrees, goMod) => expect(agreesWithGoMod(original, goMod)).toBe(agrees));

test('any text has an answer', () => {
  fc.assert(fc.property(fc.string(), (text) => typeof agreesWithGoMod(original, text) === 'boolean'));
});
