import fc from 'fast-check';
import { expect, test } from 'vitest';
import { artefactName, planImage } from './plan-image.ts';

test.each([
  ['example.com/shop/cmd/manager', 'manager'],
  ['example.com/shop/v2', 'shop'],
  ['v2', 'v2'],
  ['command-line-arguments', 'command-line-arguments'],
  ['', 'program'],
  ['example.com/copier', 'program'],
  ['example.com/..', 'program'],
])('the main package %s is called %s', (path, name) => expect(artefactName(path)).toBe(name));

test('any package path gives the name of one file', () => {
  fc.assert(
    fc.property(fc.string(), (path) => {
      expect(artefactName(path)).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);
    }),
  );
});

test('an image that kubelet can pull: its one layer is its own diff', () => {
  const layer = {
    ...{
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      digest: `sha256:${'a'.repeat(64)}`,
      size: 2048,
    },
  };
  const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: 'sha256:b', size: 2 };
  const program = {
    ...{ package: 'example.com/app', arch: 'arm64', sha256: 'c', originalSha256: 'd' },
    ...{ grade: 'proven', goVersion: 'go1.26.8' },
  };
  const image = planImage(program, layer);
  expect(image.config).toMatchObject({
    architecture: 'arm64',
    config: { User: '65532:65532' },
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
  });
  expect(image.manifestOf(config)).toMatchObject({ schemaVersion: 2, config, layers: [layer] });
});
