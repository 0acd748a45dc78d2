import { expect, test } from 'vitest';
import { renderManifests } from './manifests.ts';

const manifests = renderManifests({
  image: 'example.com/gofleet:1',
  goproxy: 'https://proxy.example',
  gosumdb: 'off',
});
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

test('least privilege: no wildcard, no right to delete or exec, Secrets and webhooks by name only', () => {
  const rules = manifests
    .filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role')
    .flatMap((each) => each.rules as Rule[]);
  for (const { apiGroups, resources, verbs, resourceNames } of rules) {
    expect([...apiGroups, ...resources, ...verbs]).not.toContain('*');
    expect(verbs).not.toContain('delete');
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

test('the webhook configuration comes without entries, the Secret without data', () => {
  expect(find('MutatingWebhookConfiguration', 'gofleet-webhook')).not.toHaveProperty('webhooks');
  expect(find('Secret', 'gofleet-webhook-tls')).not.toHaveProperty('data');
});

test('lists with several writers are keyed maps', () => {
  const text = JSON.stringify(find('CustomResourceDefinition', 'goruntimes.gofleet.dev'));
  for (const keys of [['image', 'path'], ['binary', 'goVersion'], ['pod', 'container'], ['type']])
    expect(text).toContain(`"x-kubernetes-list-map-keys":${JSON.stringify(keys)}`);
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
