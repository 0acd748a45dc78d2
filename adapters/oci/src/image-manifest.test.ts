import fc from 'fast-check';
import { expect, test } from 'vitest';
import { choosePlatform, parseManifest } from './image-manifest.ts';

const digestOf = (digit: string): string => `sha256:${digit.repeat(64)}`;
const entry = (digit: string, architecture: string, variant?: string) => ({
  digest: digestOf(digit),
  platform: { os: 'linux', architecture, ...(variant === undefined ? {} : { variant }) },
});

test('the image of a platform, with or without its variant', () => {
  const index = { manifests: [entry('a', 'arm', 'v6'), entry('b', 'arm', 'v7'), entry('c', 'amd64')] };
  expect(choosePlatform(index, 'linux/amd64')).toBe(digestOf('c'));
  expect(choosePlatform(index, 'linux/arm/v7')).toBe(digestOf('b'));
  expect(choosePlatform(index, 'linux/arm')).toBe(digestOf('a'));
  expect(() => choosePlatform(index, 'linux/arm64')).toThrow(
    'no image for linux/arm64: there are linux/arm/v6, linux/arm/v7, linux/amd64',
  );
});

test.each(['', 'null', '{}', '{"schemaVersion":1,"fsLayers":[]}', '{"config":{"digest":"x"},"layers":[]}'])(
  'no manifest: %s',
  (text) => {
    expect(() => parseManifest(text)).toThrow(expect.objectContaining({ code: 'oci.malformed-manifest' }));
  },
);

test('any JSON is a manifest, an index or our error', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      try {
        parseManifest(text);
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'oci.malformed-manifest' });
      }
    }),
  );
});
