import { expect, test } from 'vitest';
import { renderManifests } from './manifests.ts';

const manifests = renderManifests({
  image: 'example.com/gofleet:1',
  goproxy: 'https://proxy.example',
  gosumdb: 'off',
});
const withWorkers = renderManifests({ image: 'example.com/gofleet:1', workerPods: 4 });
const find = (kind: string, name: string) =>
  manifests.find((each) => each.kind === kind && each.metadata.name === name) as
    | Record<string, never>
    | undefined;

interface Rule {
  readonly apiGroups: string[];
  readonly resources: string[];
  readonly verbs: string[];
  readonly resourceNames?: string[];
}

test('every object is named once, and what belongs to gofleet stands in its namespace', () => {
  const keys = manifests.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''} ${metadata.name}`);
  expect(new Set(keys).size).toBe(keys.length);
  expect(manifests[0]?.kind).toBe('Namespace');
  for (const { metadata } of manifests) expect([undefined, 'gofleet-system']).toContain(metadata.namespace);
});

test('least privilege: no wildcard, what is deleted is our own, no exec, Secrets and webhooks by name only', () => {
  const rules = withWorkers
    .filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role')
    .flatMap((each) => (each.rules ?? []) as Rule[]);
  for (const { apiGroups, resources, verbs, resourceNames } of rules) {
    expect([...apiGroups, ...resources, ...verbs]).not.toContain('*');
    if (verbs.includes('delete')) expect([['gobuilds'], ['gopods'], ['jobs']]).toContainEqual(resources);
    expect(resources).not.toContain('pods/exec');
    if (resources.includes('secrets') || resources.includes('mutatingwebhookconfigurations'))
      expect(resourceNames).toHaveLength(1);
  }
});

test('controller and builder pass Pod Security restricted', () => {
  for (const role of ['controller', 'builder']) {
    const deployment = find('Deployment', `gofleet-${role}`);
    expect(deployment?.spec).toMatchObject({
      template: {
        spec: {
          securityContext: { runAsNonRoot: true },
          containers: [
            {
              image: 'example.com/gofleet:1',
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
                seccompProfile: { type: 'RuntimeDefault' },
              },
            },
          ],
        },
      },
    });
  }
});

test('workers pass Pod Security restricted too, and may only say how far builds are', () => {
  expect(find('PodTemplate', 'gofleet-worker')?.template).toMatchObject({
    spec: {
      serviceAccountName: 'gofleet-worker',
      securityContext: { runAsNonRoot: true },
      containers: [
        {
          resources: { limits: { memory: '8Gi' } },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  });
  expect(find('ClusterRole', 'gofleet-worker')?.rules).toEqual([
    { apiGroups: ['gofleet.dev'], resources: ['gobuilds'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: ['gofleet.dev'], resources: ['gobuilds/status'], verbs: ['update'] },
  ]);
});

test('only a builder that was told to use worker pods may make Jobs', () => {
  expect(JSON.stringify(find('Role', 'gofleet-builder')?.rules)).not.toContain('jobs');
  const text = JSON.stringify(withWorkers);
  expect(text).toContain('"resources":["jobs"]');
  expect(text).toContain('"--worker-pods","4"');
});

test('who pushes comes from a Secret that is named', () => {
  const text = JSON.stringify(
    renderManifests({ image: 'x', push: 'docker://registry.example/a', pushSecret: 'login' }),
  );
  expect(text).toContain('"--push","docker://registry.example/a"');
  expect(text).toContain('"name":"login","items":[{"key":".dockerconfigjson","path":"config.json"}]');
  expect(text).toContain('"name":"login","items":[{"key":"ca.crt","path":"ca.crt"}],"optional":true');
  expect(text).toContain('"DOCKER_CONFIG"');
});

test('the webhook configuration comes without entries, Secrets without data', () => {
  expect(find('MutatingWebhookConfiguration', 'gofleet-webhook')).not.toHaveProperty('webhooks');
  for (const name of ['gofleet-webhook-tls', 'gofleet-signing'])
    expect(find('Secret', name)).not.toHaveProperty('data');
});

test('lists with several writers are keyed maps', () => {
  const text = ['goruntimes', 'gopods']
    .map((plural) => JSON.stringify(find('CustomResourceDefinition', `${plural}.gofleet.dev`)))
    .join();
  for (const keys of [
    ['image', 'path'],
    ['binary', 'goVersion'],
    ['name'],
    ['runtime', 'container'],
    ['type'],
  ])
    expect(text).toContain(`"x-kubernetes-list-map-keys":${JSON.stringify(keys)}`);
});

test('where modules come from is told to the builder and to workers', () => {
  const text = ['builder', 'worker'].map((role) =>
    JSON.stringify(
      renderManifests({ image: 'x', goproxy: 'https://proxy.example', gonosumdb: 'example.com/*' }).find(
        ({ kind, metadata }) =>
          ['Deployment', 'PodTemplate'].includes(kind) && metadata.name === `gofleet-${role}`,
      ),
    ),
  );
  for (const each of text) {
    expect(each).toContain('{"name":"GOPROXY","value":"https://proxy.example"}');
    expect(each).toContain('{"name":"GONOSUMDB","value":"example.com/*"}');
  }
});

test('a host path for the builder is given to its user', () => {
  const [builder] = renderManifests({ image: 'x', builderHostPath: '/var/cache/gofleet' }).filter(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'gofleet-builder',
  );
  expect(JSON.stringify(builder)).toContain(
    '"hostPath":{"path":"/var/cache/gofleet","type":"DirectoryOrCreate"}',
  );
  expect(JSON.stringify(builder)).toContain('chownSync');
  expect(JSON.stringify(manifests)).not.toContain('chownSync');
});
