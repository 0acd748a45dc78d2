import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { inCluster } from '@gofleet/inject/in-cluster';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { unlessGone } from '@gofleet/kube/unless-gone';
import type { Context } from '../context.ts';
import { waitFor } from '../wait-for.ts';

/** How far a role's pods are. */
export interface RoleState {
  readonly role: 'controller' | 'builder' | 'node';
  readonly ready: number;
  readonly desired: number;
  /** Why its first pod that is not ready is not: `ErrImagePull: …`. */
  readonly problem?: string;
}

interface Workload extends KubeObject {
  readonly spec: { readonly replicas?: number };
  readonly status?: Readonly<Record<string, number | undefined>>;
}

interface Pod extends KubeObject {
  readonly status?: {
    readonly containerStatuses?: readonly {
      readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
    }[];
    readonly conditions?: readonly { type: string; status: string; message?: string }[];
  };
}

const roles = { controller: 'deployments', builder: 'deployments', node: 'daemonsets' } as const;
const apps = `/apis/apps/v1/namespaces/${inCluster.namespace}`;

async function problemOf(client: KubeClient, role: string): Promise<string | undefined> {
  const path = `/api/v1/namespaces/${inCluster.namespace}/pods`;
  const { items } = await client.list<Pod>(path, { labelSelector: `app.kubernetes.io/name=gofleet-${role}` });
  const problems = items.flatMap(({ status }) => {
    const waiting = status?.containerStatuses?.flatMap(({ state }) => state?.waiting ?? []) ?? [];
    const unscheduled = status?.conditions?.find(
      (each) => each.type === 'PodScheduled' && each.status === 'False',
    );
    return [
      ...waiting.map(({ reason, message }) => [reason, message].filter(Boolean).join(': ')),
      ...(unscheduled?.message === undefined ? [] : [unscheduled.message]),
    ];
  });
  return problems.find((problem) => problem !== 'ContainerCreating')?.slice(0, 300);
}

function countsOf(role: keyof typeof roles, { spec, status = {}, metadata }: Workload): [number, number] {
  const isSeen = status.observedGeneration === metadata.generation;
  if (role === 'node') {
    const ready = Math.min(status.numberReady ?? 0, status.updatedNumberScheduled ?? 0);
    return [isSeen ? ready : 0, status.desiredNumberScheduled ?? 1];
  }
  const ready = Math.min(status.readyReplicas ?? 0, status.updatedReplicas ?? 0);
  return [isSeen ? ready : 0, spec.replicas ?? 1];
}

/** The state of the three roles; those that are not installed are absent. */
export async function readRoles(client: KubeClient): Promise<readonly RoleState[]> {
  const states = await Promise.all(
    (Object.keys(roles) as (keyof typeof roles)[]).map(async (role): Promise<RoleState[]> => {
      const workload = await unlessGone(client.get<Workload>(`${apps}/${roles[role]}/gofleet-${role}`));
      if (!workload) return [];
      const [ready, desired] = countsOf(role, workload);
      const problem = ready < desired ? await problemOf(client, role) : undefined;
      return [{ role, ready, desired, ...(problem === undefined ? {} : { problem }) }];
    }),
  );
  return states.flat();
}

function describe({ role, ready, desired, problem }: RoleState): string {
  return `${role} ${ready}/${desired}${problem === undefined ? '' : ` (${problem})`}`;
}

/**
 * Resolves when every role is ready.
 * @throws `cli.not-ready` with what each role lacks
 */
export async function waitReady(
  client: KubeClient,
  { progress, signal }: Pick<Context, 'progress' | 'signal'>,
  timeoutMs: number,
): Promise<readonly RoleState[]> {
  let last: readonly RoleState[] = [];
  const probe = async (): Promise<readonly RoleState[] | undefined> => {
    last = await readRoles(client);
    const done = last.filter(({ ready, desired }) => ready >= desired).length;
    progress.report({ step: 'waiting for the pods', done, total: 3, message: last.map(describe).join(', ') });
    return done === 3 ? last : undefined;
  };
  try {
    return await waitFor({ what: 'the pods of gofleet', timeoutMs, probe, signal });
  } catch (cause) {
    if (!isGofleetError(cause) || cause.code !== 'cli.timeout') throw cause;
    throw new GofleetError('cli.not-ready', `not ready in time: ${last.map(describe).join(', ')}`, {
      cause,
      retry: 'later',
      hint: `see "kubectl -n ${inCluster.namespace} get pods"; the image must be known to the nodes (--image)`,
    });
  }
}
