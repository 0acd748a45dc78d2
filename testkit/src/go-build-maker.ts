import type { GoBuild, GoBuildSpec, GoBuildStatus } from '@gofleet/inject/builds';
import { fakeSha256 } from './go-runtime-maker.ts';

/** A GoBuild that nobody has begun, asked for at the beginning of 2026. */
export function makeGoBuild(
  name: string,
  parts: {
    readonly metadata?: Partial<GoBuild['metadata']>;
    readonly spec?: Partial<GoBuildSpec>;
    readonly status?: GoBuildStatus;
  } = {},
): GoBuild {
  const { metadata, spec, status } = parts;
  return {
    apiVersion: 'gofleet.dev/v1alpha1',
    kind: 'GoBuild',
    metadata: { name, creationTimestamp: '2026-01-01T00:00:00Z', ...metadata },
    spec: {
      recipe: fakeSha256(`recipe ${name}`),
      original: {
        ...{ sha256: fakeSha256(`original ${name}`), sizeBytes: 1000, goVersion: 'go1.21.5' },
        ...{ os: 'linux', arch: 'amd64', buildId: 'a/b/c/d', package: `example.com/${name}` },
        buildInfo: `path\texample.com/${name}\nmod\texample.com/${name}\tv1.0.0\th1:x=\n`,
      },
      ...{ goVersion: 'go1.26.8', minimumGrade: 'compiled-equal', priority: 0, wishes: ['demo/operator'] },
      ...spec,
    },
    ...(status === undefined ? {} : { status }),
  };
}
