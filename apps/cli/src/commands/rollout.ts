import { GofleetError } from '@gofleet/base/errors';
import { type GoRuntime, goRuntimeApi, inCluster } from '@gofleet/inject/go-runtime';
import { revisionOf } from '@gofleet/inject/revision';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import type { Command } from 'commander';
import { type ClusterOptions, withCluster, withClusterOptions } from '../cluster/connect.ts';
import { unlessGone } from '../cluster/unless-gone.ts';
import { action } from '../context.ts';

interface Options extends ClusterOptions {
  readonly namespace: string;
}

type Runtime = GoRuntime & KubeObject;

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

async function apply(
  client: KubeClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  change: (runtime: Runtime) => Change,
): Promise<Change> {
  const { group, version, plural } = goRuntimeApi;
  const path = `/apis/${group}/${version}/namespaces/${namespace}/${plural}/${name}`;
  const runtime = await unlessGone(client.get<Runtime>(path));
  if (!runtime)
    throw new GofleetError('cli.usage', `there is no GoRuntime ${name} in namespace ${namespace}`, {
      hint: 'name its namespace with -n; list them: gofleet status',
    });
  const changed = change(runtime);
  await client.patch(path, changed.patch, { type: 'merge', fieldManager: 'gofleet' });
  return changed;
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
          const { effect } = await apply(client, { namespace, name }, change);
          context.print({ namespace, name, verb, effect }, () => `GoRuntime ${namespace}/${name} ${effect}`);
          return undefined;
        }),
      ),
    );
  }
}
