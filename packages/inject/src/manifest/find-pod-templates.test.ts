import { isGofleetError } from '@gofleet/base/errors';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findPodTemplates } from './find-pod-templates.ts';

const spec = { containers: [{ name: 'app', image: 'example.com/app:1' }] };
const template = { metadata: { labels: { app: 'x' } }, spec };
const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'demo' }, spec };

test.each([
  ['v1', 'Pod', pod, []],
  ['v1', 'ReplicationController', { spec: { template } }, ['spec', 'template']],
  ['apps/v1', 'Deployment', { spec: { template } }, ['spec', 'template']],
  ['apps/v1', 'StatefulSet', { spec: { template } }, ['spec', 'template']],
  ['apps/v1', 'DaemonSet', { spec: { template } }, ['spec', 'template']],
  ['apps/v1', 'ReplicaSet', { spec: { template } }, ['spec', 'template']],
  ['batch/v1', 'Job', { spec: { template } }, ['spec', 'template']],
  [
    'batch/v1beta1',
    'CronJob',
    { spec: { jobTemplate: { spec: { template } } } },
    ['spec', 'jobTemplate', 'spec', 'template'],
  ],
])('%s %s', (apiVersion, kind, object, path) => {
  const [found, ...more] = findPodTemplates({ ...object, apiVersion, kind });
  expect(more).toEqual([]);
  expect(found).toMatchObject({ kind, at: [], path, template: { spec } });
});

test('lists, also those whose entries do not say what they are', () => {
  const list = { apiVersion: 'v1', kind: 'List', items: [{ kind: 'ConfigMap', apiVersion: 'v1' }, pod] };
  expect(findPodTemplates(list)).toMatchObject([{ at: ['items', 1], name: 'p', namespace: 'demo' }]);
  const pods = { apiVersion: 'v1', kind: 'PodList', items: [{ metadata: { name: 'q' }, spec }] };
  expect(findPodTemplates(pods)).toMatchObject([{ kind: 'Pod', name: 'q' }]);
});

test('each Deployment that OLM makes from a ClusterServiceVersion', () => {
  const deployments = ['manager', 'webhook'].map((name) => ({ name, spec: { template } }));
  const version = {
    ...{ apiVersion: 'operators.coreos.com/v1alpha1', kind: 'ClusterServiceVersion' },
    metadata: { name: 'queue.v1', namespace: 'shop' },
    spec: { install: { spec: { deployments } } },
  };
  expect(findPodTemplates(version)).toMatchObject(
    ['manager', 'webhook'].map((name, index) => ({
      ...{ kind: 'Deployment', name, namespace: 'shop', path: ['spec', 'template'], template: { spec } },
      at: ['spec', 'install', 'spec', 'deployments', index],
    })),
  );
  expect(findPodTemplates({ ...version, spec: {} })).toEqual([]);
  expect(() => findPodTemplates({ ...version, spec: { install: { spec: { deployments: [{}] } } } })).toThrow(
    'spec.install.spec.deployments.0.name: expected a text',
  );
});

test('other kinds, and kinds of the same name in other groups, make no pods', () => {
  for (const apiVersion of ['v1', 'example.com/v1'])
    expect(findPodTemplates({ apiVersion, kind: 'Deployment', spec: {} })).toEqual([]);
});

test('nulls count as absent', () => {
  const object = { ...pod, metadata: { name: 'p', labels: null }, spec: { ...spec, volumes: null } };
  expect(findPodTemplates(object)[0]?.template).toEqual({ ...object, metadata: { name: 'p' }, spec });
});

test.each([
  [{ spec: null }, 'spec: expected the spec of a pod'],
  [{ spec: { containers: [] } }, 'spec.containers: expected at least one container'],
  [{ spec: { containers: {} } }, 'spec.containers: expected a list'],
  [{ spec: { containers: [{}] } }, 'spec.containers.0.name: expected a text'],
  [{ spec: { containers: [7] } }, 'spec.containers.0.name: expected a text'],
  [
    { spec: { containers: [{ name: 'a', volumeMounts: [{ name: 'v' }] }] } },
    'spec.containers.0.volumeMounts.0.mountPath: expected a text',
  ],
  [{ spec: { containers: [{ name: 'a', env: { A: 'b' } }] } }, 'spec.containers.0.env: expected a list'],
  [
    { spec: { ...spec, securityContext: { sysctls: [{ value: '1' }] } } },
    'spec.securityContext.sysctls.0.name: expected a text',
  ],
  [
    { metadata: { labels: { a: 1 } } },
    'metadata.labels: expected a map of texts; quote numbers and true or false',
  ],
  [{ metadata: 'x' }, 'metadata: expected an object'],
])('what is no pod is told with its place: %j', (wrong, message) => {
  expect(() => findPodTemplates({ ...pod, ...wrong })).toThrow(message);
});

test('a list of lists of lists ends', () => {
  let list: unknown = pod;
  for (let depth = 0; depth < 20; depth += 1) list = { apiVersion: 'v1', kind: 'List', items: [list] };
  expect(() => findPodTemplates(list)).toThrow(/at most 4 lists in lists/);
});

test('any value is answered or refused with our error', () => {
  const kind = fc.constantFrom('Pod', 'Deployment', 'CronJob', 'List', 'PodList');
  const apiVersion = fc.constantFrom('v1', 'apps/v1', 'batch/v1');
  const object = fc.record({
    apiVersion,
    kind,
    metadata: fc.anything(),
    spec: fc.anything(),
    items: fc.anything(),
  });
  fc.assert(
    fc.property(fc.oneof(fc.anything(), object), (value) => {
      try {
        expect(Array.isArray(findPodTemplates(value))).toBe(true);
      } catch (thrown) {
        expect(isGofleetError(thrown) && thrown.code).toBe('inject.malformed-manifest');
      }
    }),
  );
});
