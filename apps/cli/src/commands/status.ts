import { exitCode } from '@gofleet/base/exit-code';
import type { GoBuild } from '@gofleet/inject/builds';
import { wishedLibrary } from '@gofleet/inject/choose-library';
import { type GoPod, goPodsPath, podStatusesOf } from '@gofleet/inject/go-pod';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { goRuntimeApi } from '@gofleet/inject/in-cluster';
import { libraryName } from '@gofleet/inject/library';
import type { RunningFacts } from '@gofleet/inject/runtime-status';
import { wishedVersion } from '@gofleet/inject/wished-version';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { unlessGone } from '@gofleet/kube/unless-gone';
import type { Command } from 'commander';
import { type ClusterOptions, withCluster, withClusterOptions } from '../cluster/connect.ts';
import { countPhases, readBuilds } from '../cluster/read-builds.ts';
import { type RoleState, readRoles } from '../cluster/wait-ready.ts';
import { action } from '../context.ts';
import { renderTable } from '../render-table.ts';

interface Options extends ClusterOptions {
  readonly namespace?: string;
}

type Runtime = GoRuntime & KubeObject;

interface Status {
  readonly roles: readonly RoleState[];
  readonly runtimes: readonly Runtime[];
  readonly pods: readonly GoPod[];
  /** Those of the whole cluster. */
  readonly builds: readonly GoBuild[];
}

async function readStatus(client: KubeClient, namespace: string | undefined): Promise<Status> {
  const { group, version, plural } = goRuntimeApi;
  const scope = namespace === undefined ? '' : `/namespaces/${namespace}`;
  const roles = await readRoles(client);
  const listed = client.list<Runtime>(`/apis/${group}/${version}${scope}/${plural}`);
  const runtimes = (await unlessGone(listed))?.items ?? [];
  const pods = (await unlessGone(client.list<GoPod>(goPodsPath(namespace))))?.items ?? [];
  return { roles, runtimes, pods, builds: await readBuilds(client) };
}

function conditionOf({ status }: Runtime, type: string): string {
  const condition = status?.conditions?.find((each) => each.type === type);
  if (!condition) return 'Unknown';
  return condition.status === 'True' ? 'True' : `${condition.status} (${condition.reason})`;
}

function wishOf(runtime: Runtime): string {
  const { mode, libgo } = runtime.spec;
  return (mode === 'libgo' ? libgo?.image : wishedVersion(runtime)) ?? '';
}

function targetOf(runtime: Runtime): string {
  const library = wishedLibrary(runtime);
  return library ? libraryName(library) : (runtime.status?.resolution?.goVersion ?? '');
}

function runsOn({ library, goVersion = '' }: Partial<RunningFacts> = {}): string {
  return library ? libraryName({ soname: library.soname, artefact: library.sha256 }) : goVersion;
}

function renderRuntimes(runtimes: readonly Runtime[]): string {
  if (runtimes.length === 0) return 'no GoRuntime';
  const isRead = runtimes.some(({ status }) => status?.declaration?.from !== undefined);
  return renderTable(
    [
      'NAMESPACE',
      'GORUNTIME',
      'WISH',
      ...(isRead ? ['FROM'] : []),
      'GO',
      'STATE',
      'WAVE',
      'DESIRED',
      'DELIVERED',
      'VERIFIED',
      'READY',
    ],
    runtimes.map((runtime) => {
      const { metadata, status } = runtime;
      const counts = [status?.desiredPods, status?.deliveredPods, status?.verifiedPods].map(
        (count) => `${count ?? 0}`,
      );
      return [
        metadata.namespace,
        metadata.name,
        wishOf(runtime),
        ...(isRead ? [status?.declaration?.from ?? ''] : []),
        targetOf(runtime),
        status?.summary?.state ?? '',
        status?.summary?.wave ?? '',
        ...counts,
        conditionOf(runtime, 'Ready'),
      ];
    }),
  );
}

function renderPods({ runtimes, pods }: Status): string {
  const rows = runtimes.flatMap(({ metadata }) =>
    podStatusesOf({ metadata }, pods).map(({ pod, container, running, phase = '', reason = '' }) => [
      `${metadata.namespace}/${pod}`,
      container,
      runsOn(running),
      phase,
      reason,
    ]),
  );
  return rows.length === 0 ? '' : `\n\n${renderTable(['POD', 'CONTAINER', 'RUNS', 'PHASE', 'WHY'], rows)}`;
}

function render(status: Status): string {
  const { roles, runtimes, builds } = status;
  const parts = roles.map(({ role, ready, desired }) => `${role} ${ready}/${desired}`).join(', ');
  const head = roles.length === 0 ? 'gofleet is not installed' : `gofleet: ${parts}`;
  const counted = builds.length === 0 ? '' : `\nbuilds: ${countPhases(builds)}`;
  return `${head}${counted}\n\n${renderRuntimes(runtimes)}${renderPods(status)}`;
}

/** Adds `gofleet status`. */
export function register(program: Command): void {
  const command = program
    .command('status')
    .description('what is wished, delivered and verified; exits with 1 when a GoRuntime is not ready')
    .option('-n, --namespace <name>', 'only this namespace');
  withClusterOptions(command).action(
    action((context, options: Options) =>
      withCluster(options, async (client) => {
        const status = await readStatus(client, options.namespace);
        context.print(status, render);
        const isBad = status.runtimes.some((runtime) => conditionOf(runtime, 'Ready').startsWith('False'));
        return isBad ? exitCode.findings : exitCode.ok;
      }),
    ),
  );
}
