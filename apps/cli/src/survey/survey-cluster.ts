import { inCluster } from '@gofleet/inject/in-cluster';
import { type PoolDelivery, planDeliveries } from '@gofleet/inject/plan-delivery';
import { releaseFacts } from '@gofleet/inject/release-facts';
import { namespaceNameLabel } from '@gofleet/inject/webhook-configuration';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { unlessGone } from '@gofleet/kube/unless-gone';
import { type RoleState, readRoles } from '../cluster/wait-ready.ts';
import type { Context } from '../context.ts';
import { type FoundNode, findNodes } from './find-nodes.ts';
import { findServedApis, listServedVersions, type ServedApi } from './served-apis.ts';

/** What a cluster can do, as it said itself. */
export interface ClusterSurvey {
  readonly server: string;
  /** Of the API server; nothing is concluded from it. */
  readonly version: string;
  /** Every `group/version` that is served. */
  readonly groupVersions: readonly string[];
  /** The APIs of the release table. */
  readonly apis: readonly ServedApi[];
  readonly nodes: readonly FoundNode[];
  readonly pools: readonly PoolDelivery[];
  /** gofleet's own roles; none when it is not installed. */
  readonly roles: readonly RoleState[];
  /** Namespaces that the webhook does not see: they lack the label that gofleet's own namespace has, and selects them by. */
  readonly unlabelledNamespaces: readonly string[];
}

interface Builder extends KubeObject {
  readonly spec: {
    readonly template: {
      readonly spec: { readonly containers: readonly { readonly args?: readonly string[] }[] };
    };
  };
}

const wantedApis = releaseFacts.filter(({ id }) => id.includes('/'));

async function findUnlabelled(client: KubeClient): Promise<readonly string[]> {
  const { items } = await client.list<KubeObject>('/api/v1/namespaces');
  const isLabelled = ({ metadata }: KubeObject): boolean =>
    metadata.labels?.[namespaceNameLabel] === metadata.name;
  const own = items.find(({ metadata }) => metadata.name === inCluster.namespace);
  // The webhook then goes by the labels of pods alone.
  if (own && !isLabelled(own)) return [];
  return items.filter((namespace) => !isLabelled(namespace)).map(({ metadata }) => metadata.name);
}

/** Whether the builder was told where to push artefacts. */
async function hasRegistry(client: KubeClient): Promise<boolean> {
  const path = `/apis/apps/v1/namespaces/${inCluster.namespace}/deployments/gofleet-builder`;
  const builder = await unlessGone(client.get<Builder>(path));
  return builder?.spec.template.spec.containers.some(({ args }) => args?.includes('--push')) ?? false;
}

/** Asks a cluster what it can do: its API server by discovery, its nodes by their own report and through their node plugins. */
export async function surveyCluster(
  client: KubeClient,
  context: Pick<Context, 'progress' | 'signal'>,
): Promise<ClusterSurvey> {
  const [{ gitVersion }, groupVersions, roles, unlabelledNamespaces] = await Promise.all([
    client.get<{ readonly gitVersion: string }>('/version'),
    listServedVersions(client),
    readRoles(client),
    findUnlabelled(client),
  ]);
  const apis = await findServedApis(client, groupVersions, wantedApis);
  const nodes = await findNodes(client, context);
  return {
    server: client.connection.server,
    version: gitVersion,
    ...{ groupVersions, apis, nodes, roles, unlabelledNamespaces },
    pools: planDeliveries(nodes, await hasRegistry(client)),
  };
}
