import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { emptyConfig, planManifest } from './plan-manifest.ts';

const content = (digit: string) => ({
  ...{ mediaType: 'application/octet-stream', digest: `sha256:${digit.repeat(64)}`, size: 7 },
});

test('a layer for each program and one for its attestation, and the image as subject', () => {
  const program = {
    ...{ path: '/app', executable: content('a'), attestation: content('b'), grade: 'proven' },
    ...{ goVersion: 'go1.26.8', originalSha256: 'c'.repeat(64) },
  };
  const manifest = planManifest([program], 'go1.26.8', content('d'));
  expect(manifest).toMatchObject({
    artifactType: 'application/vnd.gofleet.artefact.v1',
    config: { mediaType: 'application/vnd.oci.empty.v1+json' },
    subject: content('d'),
  });
  expect(manifest.layers.map(({ annotations }) => annotations)).toEqual([
    {
      'org.opencontainers.image.title': '/app',
      'dev.gofleet.original.sha256': 'c'.repeat(64),
      'dev.gofleet.go-version': 'go1.26.8',
      'dev.gofleet.grade': 'proven',
    },
    {
      'org.opencontainers.image.title': '/app.intoto.json',
      'dev.gofleet.attests': `sha256:${'a'.repeat(64)}`,
    },
  ]);
  expect(planManifest([program], 'go1.26.8', undefined)).not.toHaveProperty('subject');
});

test('the empty configuration is what its digest says', () => {
  expect(emptyConfig.digest).toBe(`sha256:${createHash('sha256').update('{}').digest('hex')}`);
});
