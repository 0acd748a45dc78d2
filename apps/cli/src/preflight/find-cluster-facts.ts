import type { LabelSelector } from '@gofleet/inject/go-runtime';
import { goRuntimeApi, inCluster } from '@gofleet/inject/in-cluster';
import { isEmptySelector, matchesSelector } from '@gofleet/inject/match-selector';
import type { ClusterFacts, OtherWebhook } from '@gofleet/inject/preflight-input';
import { namespaceNameLabel } from '@gofleet/inject/webhook-configuration';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { unlessGone } from '@gofleet/kube/unless-gone';
import type { FoundNode } from '../survey/find-nodes.ts';

interface WebhookConfiguration extends KubeObject {
  readonly webhooks?: readonly {
    readonly namespaceSelector?: LabelSelector;
    readonly rules?: readonly {
      readonly apiGroups?: readonly string[];
      readonly operations?: readonly string[];
      readonly resources?: readonly string[];
    }[];
  }[];
}

type Labels = Readonly<Record<string, string>>;
type Webhook = NonNullable<WebhookConfiguration['webhooks']>[number];

const has = (values: readonly string[] = [], ...wanted: readonly string[]): boolean =>
  values.some((value) => wanted.includes(value));

function seesPods({ namespaceSelector = {}, rules = [] }: Webhook, labels: Labels): boolean {
  if (!isEmptySelector(namespaceSelector) && !matchesSelector(namespaceSelector, labels)) return false;
  return rules.some(
    ({ apiGroups, operations, resources }) =>
      has(apiGroups, '', '*') &&
      has(operations, 'CREATE', '*') &&
      has(resources, 'pods', '*', '*/*', 'pods/*'),
  );
}

async function findWebhooks(client: KubeClient, labels: Labels): Promise<readonly OtherWebhook[]> {
  const found = await Promise.all(
    (['mutating', 'validating'] as const).map(async (kind) => {
      const path = `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations`;
      const { items } = await client.list<WebhookConfiguration>(path);
      return items.flatMap(({ metadata, webhooks = [] }): OtherWebhook[] => {
        const seeing = webhooks.filter((webhook) => seesPods(webhook, labels));
        if (seeing.length === 0 || metadata.name === inCluster.webhookConfiguration) return [];
        return [{ name: metadata.name, kind }];
      });
    }),
  );
  return found.flat();
}

interface Quota extends KubeObject {
  readonly status?: { readonly hard?: Labels; readonly used?: Labels };
}

interface LimitRange extends KubeObject {
  readonly spec?: { readonly limits?: readonly { readonly type: string; readonly default?: Labels }[] };
}

async function findNamespace(client: KubeClient, name: string): Promise<ClusterFacts['namespace']> {
  const path = `/api/v1/namespaces/${name}`;
  const namespace = await unlessGone(client.get<KubeObject>(path));
  if (!namespace) return undefined;
  const [quotas, ranges] = await Promise.all([
    client.list<Quota>(`${path}/resourcequotas`),
    client.list<LimitRange>(`${path}/limitranges`),
  ]);
  const limiting = ranges.items.filter(({ spec }) =>
    spec?.limits?.some(({ type, default: limits }) => type === 'Container' && limits !== undefined),
  );
  return {
    labels: namespace.metadata.labels ?? {},
    quotas: quotas.items.map(({ metadata, status }) => ({
      ...{ name: metadata.name, hard: status?.hard ?? {}, used: status?.used ?? {} },
    })),
    limitRanges: limiting.map(({ metadata }) => metadata.name),
  };
}

/** What a cluster and one of its namespaces say against injection; `nodes` are those of the cluster. */
export async function findClusterFacts(
  client: KubeClient,
  name: string,
  nodes: readonly FoundNode[],
): Promise<ClusterFacts> {
  const { group, version } = goRuntimeApi;
  const [api, driver, namespace, policies, own, { gitVersion }] = await Promise.all([
    unlessGone(client.get(`/apis/${group}/${version}`)),
    unlessGone(client.get<KubeObject>(`/apis/storage.k8s.io/v1/csidrivers/${inCluster.csiDriver}`)),
    findNamespace(client, name),
    unlessGone(client.list(`/apis/policy/v1beta1/podsecuritypolicies`)),
    unlessGone(client.get<KubeObject>(`/api/v1/namespaces/${inCluster.namespace}`)),
    client.get<{ readonly gitVersion: string }>('/version'),
  ]);
  const minor = /^v1\.(\d+)/.exec(gitVersion)?.[1];
  return {
    ...(minor === undefined ? {} : { minor: Number(minor) }),
    isInstalled: api !== undefined,
    ...(driver === undefined ? {} : { driverLabels: driver.metadata.labels ?? {} }),
    ...(namespace === undefined ? {} : { namespace }),
    nodes,
    selectsByNamespace: own?.metadata.labels?.[namespaceNameLabel] === inCluster.namespace,
    podSecurityPolicies: policies?.items.length ?? 0,
    webhooks: await findWebhooks(client, namespace?.labels ?? {}),
  };
}
