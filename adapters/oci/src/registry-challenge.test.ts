import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseChallenge } from './registry-challenge.ts';

test('what registries ask for', () => {
  expect(parseChallenge('Basic realm="x"')).toEqual({ scheme: 'basic' });
  expect(
    parseChallenge(
      'Bearer realm="https://t.example/token",service="r.example",scope="repository:a/b:pull,push"',
    ),
  ).toEqual({
    ...{ scheme: 'bearer', realm: 'https://t.example/token', service: 'r.example' },
    scope: 'repository:a/b:pull,push',
  });
  expect(parseChallenge('bearer realm=https://t.example')).toEqual({
    scheme: 'bearer',
    realm: 'https://t.example',
  });
  expect(parseChallenge('Bearer error="x"')).toBeUndefined();
  expect(parseChallenge('Negotiate')).toBeUndefined();
});

test('any header gives an answer, never a crash', () => {
  fc.assert(fc.property(fc.string(), (header) => void parseChallenge(`Bearer ${header}`)));
});
