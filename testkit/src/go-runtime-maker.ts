import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { revisionOf } from '@gofleet/inject/revision';
import type { BuildStatus, ObservedBinary } from '@gofleet/inject/runtime-status';

/** 64 hexadecimal digits that are the same for the same text, and readable as such. */
export function fakeSha256(text: string): string {
  return Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64);
}

/** An observed binary of an image, built with go1.21.5. */
export function makeBinary(image: string, more: Partial<ObservedBinary> = {}): ObservedBinary {
  return {
    image,
    path: '/manager',
    sha256: fakeSha256(`original ${image}`),
    sizeBytes: 1000,
    imageId: `${image}@sha256:${fakeSha256(image)}`,
    goVersion: 'go1.21.5',
    os: 'linux',
    arch: 'amd64',
    buildId: 'a/b/c/d',
    package: 'example.com/operator',
    buildInfo: 'path\texample.com/operator\n',
    ...more,
  };
}

/** A build of a binary that is ready, for go1.26.8. */
export function makeBuild(binary: ObservedBinary, more: Partial<BuildStatus> = {}): BuildStatus {
  const artefact = fakeSha256(`relinked ${binary.image} ${binary.path}`);
  return { binary: binary.sha256, goVersion: 'go1.26.8', phase: 'Ready', grade: 'proven', artefact, ...more };
}

/** A GoRuntime `demo/operator` that selects `app: operator`, wishes 1.26.8, and has that resolved. */
export function makeRuntime(
  parts: {
    readonly metadata?: Partial<GoRuntime['metadata']>;
    readonly spec?: Partial<GoRuntime['spec']>;
    readonly status?: Partial<NonNullable<GoRuntime['status']>>;
  } = {},
): GoRuntime {
  const goVersion = parts.spec?.runtime?.goVersion ?? '1.26.8';
  return {
    apiVersion: 'gofleet.dev/v1alpha1',
    kind: 'GoRuntime',
    metadata: {
      name: 'operator',
      namespace: 'demo',
      uid: 'uid-1',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...parts.metadata,
    },
    spec: { selector: { matchLabels: { app: 'operator' } }, runtime: { goVersion }, ...parts.spec },
    status: { resolution: { requested: goVersion, goVersion: 'go1.26.8' }, ...parts.status },
  };
}

/** The same with one binary of the image observed and relinked, and its roll-out complete. */
export function makeReadyRuntime(image: string, parts: Parameters<typeof makeRuntime>[0] = {}): GoRuntime {
  const binary = makeBinary(image);
  const status = { binaries: [binary], builds: [makeBuild(binary)], ...parts.status };
  const runtime = makeRuntime({ ...parts, status });
  return runtime.status?.rollout ? runtime : rolledOut(runtime);
}

/** The same wish, its roll-out complete. */
export function rolledOut(runtime: GoRuntime): GoRuntime {
  const to = revisionOf(runtime);
  if (to === undefined) return runtime;
  const rollout = { phase: 'Completed', to, wave: 1, waves: 1 } as const;
  return { ...runtime, status: { ...runtime.status, rollout } };
}
