import { GofleetError } from '@gofleet/base/errors';
import { exitCode } from '@gofleet/base/exit-code';
import type { GoBuild } from '@gofleet/inject/builds';
import type { KubeClient } from '@gofleet/kube/client';
import type { Command } from 'commander';
import { type ClusterOptions, withCluster, withClusterOptions } from '../cluster/connect.ts';
import { type FetchedArtefact, fetchArtefact } from '../cluster/fetch-artefact.ts';
import { readBuilds, renderBuilds } from '../cluster/read-builds.ts';
import { action, type Context } from '../context.ts';

interface Options extends ClusterOptions {
  readonly output?: string;
}

function requireBuild(builds: readonly GoBuild[], name: string): GoBuild {
  const found = builds.find(({ metadata }) => metadata.name === name);
  if (found) return found;
  throw new GofleetError('cli.usage', `there is no GoBuild ${name}`, { hint: 'list them: gofleet builds' });
}

function renderAttested({ attestation, conditions }: GoBuild['status'] & object): string {
  if (attestation) return `by key ${attestation.keyId.slice(0, 16)} ${attestation.image ?? ''}`;
  return conditions?.find(({ type }) => type === 'Attested')?.message ?? 'not yet';
}

function renderFetched({ path, sha256, attestation, publicKey }: FetchedArtefact): string {
  return [
    `artefact   sha256:${sha256}  ${path}`,
    `signed     ${attestation}`,
    `key        ${publicKey}, as the cluster names it`,
    `verify it  gofleet attest verify ${path} --key ${publicKey}`,
  ].join('\n');
}

function renderBuild({ metadata, spec, status }: GoBuild): string {
  const { original } = spec;
  const differences = (status?.reproduction?.differences ?? []).map(
    ({ cause, evidence }) => `${cause}: ${evidence}`,
  );
  const rows = [
    ['build', metadata.name],
    ['package', `${original.package}, ${original.goVersion} → ${spec.goVersion}`],
    ['original', `sha256:${original.sha256}`],
    ['phase', `${status?.phase ?? 'Queued'} ${status?.message ?? ''}`],
    ['grade', `${status?.grade ?? 'none yet'}; the least accepted is ${spec.minimumGrade}`],
    [
      'artefact',
      status?.artefact ? `sha256:${status.artefact.sha256} ${status.artefact.image ?? ''}` : 'none',
    ],
    ['attested', renderAttested(status ?? { phase: 'Queued' })],
    ['worker', `${status?.worker ?? 'none'}, attempt ${status?.attempts ?? 0}`],
    ['priority', String(spec.priority)],
    ['wishes', spec.wishes.join(', ') || `nobody, since ${spec.unwantedSince}`],
    ...differences.map((difference) => ['differs', difference]),
  ];
  const log = status?.log?.length ? `\n\n${status.log.join('\n')}` : '';
  return `${rows.map(([name = '', value = '']) => `${name.padEnd(10)}${value.trim()}`).join('\n')}${log}`;
}

async function show(context: Context, client: KubeClient, name: string | undefined): Promise<number> {
  const all = await readBuilds(client);
  const builds = name === undefined ? all : [requireBuild(all, name)];
  if (name === undefined) context.print(builds, renderBuilds);
  else context.print(builds[0] as GoBuild, renderBuild);
  return builds.some(({ status }) => status?.phase === 'Failed') ? exitCode.findings : exitCode.ok;
}

async function run(context: Context, name: string | undefined, options: Options): Promise<number> {
  const { output } = options;
  return await withCluster(options, async (client) => {
    if (output === undefined) return await show(context, client, name);
    if (name === undefined) throw new GofleetError('cli.usage', '--output is for one build: name it');
    const build = requireBuild(await readBuilds(client), name);
    context.print(await fetchArtefact(client, build, output), renderFetched);
    return exitCode.ok;
  });
}

/** Adds `gofleet builds`. */
export function register(program: Command): void {
  const command = program
    .command('builds [name]')
    .description('the relinks of a cluster, and how far each is; exits with 1 when one has failed')
    .option(
      '-o, --output <file>',
      'fetch what the build made, with its attestation and the public key beside it (.intoto.json, .pub)',
    );
  withClusterOptions(command).action(action(run));
}
