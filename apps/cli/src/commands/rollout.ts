import { GofleetError } from '@gofleet/base/errors';
import { selectsPod } from '@gofleet/inject/claim-containers';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { goRuntimeApi, inCluster } from '@gofleet/inject/in-cluster';
import type { PodTemplate } from '@gofleet/inject/pod';
import { isLive, type LivingPod } from '@gofleet/inject/pod-life';
import { revisionOf } from '@gofleet/inject/revision';
import { explainStanding, isStanding } from '@gofleet/inject/standing-pod';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { unlessGone } from '@gofleet/kube/unless-gone';
import type { Command } from 'commander';
import { type ClusterOptions, withCluster, withClusterOptions } from '../cluster/connect.ts';
import { action } from '../context.ts';

interface Options extends ClusterOptions {
  readonly namespace: string;
}

type Runtime = GoRuntime & KubeObject;

type Pod = KubeObject & PodTemplate & LivingPod;

interface Change {
  readonly patch: object;
  /** What happens then. */
  readonly effect: string;
}

function annotate(annotations: Readonly<Record<string, string | null>>): object {
  return { metadata: { annotations } };
}

function pause(isPaused: boolean): Change {
  const effect = isPaused ? 'begins no workload and passes no wave' : 'goes on';
  return { patch: { spec: { rollout: { paused: isPaused ? true : null } } }, effect };
}

/** @throws `cli.usage` when there is nothing to take back */
function undo(runtime: Runtime): Change {
  const { rollout } = runtime.status ?? {};
  const to = revisionOf(runtime);
  const { name } = runtime.metadata;
  if (to === undefined || rollout === undefined)
    throw new GofleetError('cli.usage', `GoRuntime ${name} has rolled nothing out yet`, {
      hint: 'see how far it is: gofleet status',
    });
  const back = rollout.from?.id ?? 'what their images hold';
  return {
    patch: annotate({ [inCluster.undoAnnotation]: to.id }),
    effect: `goes from ${to.id} back to ${back}`,
  };
}

function retry(): Change {
  const annotations = {
    [inCluster.retryAnnotation]: new Date().toISOString(),
    [inCluster.undoAnnotation]: null,
  };
  return { patch: annotate(annotations), effect: 'begins again with its first wave' };
}

const verbs: Readonly<Record<string, readonly [description: string, change: (runtime: Runtime) => Change]>> =
  {
    pause: ['begin no workload and pass no wave', () => pause(true)],
    resume: ['go on after a pause', () => pause(false)],
    undo: ['take the workloads back to what they ran before this roll-out', undo],
    retry: ['try a roll-out again that has regressed or was undone', retry],
  };

/** Pods of the wish that no roll-out reaches, and what to do about each. */
async function findStanding(client: KubeClient, runtime: Runtime): Promise<readonly string[]> {
  const { items } = await client.list<Pod>(`/api/v1/namespaces/${runtime.metadata.namespace}/pods`);
  return items
    .filter((pod) => isLive(pod) && selectsPod(runtime, pod) && isStanding(pod))
    .map((pod) => `${pod.metadata.name}: ${explainStanding(pod)}`);
}

/** @throws `cli.usage` for what is no GoRuntime */
function requireRuntime(name: string): void {
  const [kind, named] = name.split('/', 2);
  if (named === undefined) return;
  throw new GofleetError('cli.usage', `"${name}": expected the name of a GoRuntime, found a ${kind}`, {
    facts: { name },
    hint: 'a roll-out is of a wish and all that it selects; Jobs and bare pods are in none: their next pods get it, and "gofleet status" says how. List wishes: kubectl get goruntimes -A',
  });
}

async function apply(
  client: KubeClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  change: (runtime: Runtime) => Change,
): Promise<Change & { readonly standing: readonly string[] }> {
  requireRuntime(name);
  const { group, version, plural } = goRuntimeApi;
  const path = `/apis/${group}/${version}/namespaces/${namespace}/${plural}/${name}`;
  const runtime = await unlessGone(client.get<Runtime>(path));
  if (!runtime)
    throw new GofleetError('cli.usage', `there is no GoRuntime ${name} in namespace ${namespace}`, {
      hint: 'name its namespace with -n; list them: gofleet status',
    });
  const changed = change(runtime);
  await client.patch(path, changed.patch, { type: 'merge', fieldManager: 'gofleet' });
  return { ...changed, standing: await findStanding(client, runtime) };
}

function renderEffect(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  { effect, standing }: { readonly effect: string; readonly standing: readonly string[] },
): string {
  const head = `GoRuntime ${namespace}/${name} ${effect}`;
  if (standing.length === 0) return head;
  const shown = standing.slice(0, 10).map((each) => `  ${each}`);
  const more = standing.length > shown.length ? [`  and ${standing.length - shown.length} more`] : [];
  return [head, 'pods that no roll-out reaches:', ...shown, ...more].join('\n');
}

/** Adds `gofleet rollout pause | resume | undo | retry`. */
export function register(program: Command): void {
  const group = program.command('rollout').description('steer the roll-out of a GoRuntime');
  for (const [verb, [description, change]] of Object.entries(verbs)) {
    const command = group
      .command(`${verb} <name>`)
      .description(description)
      .option('-n, --namespace <name>', 'its namespace', 'default');
    withClusterOptions(command).action(
      action((context, name: string, options: Options) =>
        withCluster(options, async (client) => {
          const { namespace } = options;
          const { effect, standing } = await apply(client, { namespace, name }, change);
          const result = { namespace, name, verb, effect, standing };
          context.print(result, () => renderEffect(result, result));
          return undefined;
        }),
      ),
    );
  }
}
