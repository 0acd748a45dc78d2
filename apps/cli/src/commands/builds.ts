import { GofleetError } from '@gofleet/base/errors';
import { exitCode } from '@gofleet/base/exit-code';
import type { GoBuild } from '@gofleet/inject/builds';
import type { Command } from 'commander';
import { type ClusterOptions, withCluster, withClusterOptions } from '../cluster/connect.ts';
import { readBuilds, renderBuilds } from '../cluster/read-builds.ts';
import { action } from '../context.ts';

function requireBuild(builds: readonly GoBuild[], name: string): GoBuild {
  const found = builds.find(({ metadata }) => metadata.name === name);
  if (found) return found;
  throw new GofleetError('cli.usage', `there is no GoBuild ${name}`, { hint: 'list them: gofleet builds' });
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
    ['worker', `${status?.worker ?? 'none'}, attempt ${status?.attempts ?? 0}`],
    ['priority', String(spec.priority)],
    ['wishes', spec.wishes.join(', ') || `nobody, since ${spec.unwantedSince}`],
    ...differences.map((difference) => ['differs', difference]),
  ];
  const log = status?.log?.length ? `\n\n${status.log.join('\n')}` : '';
  return `${rows.map(([name = '', value = '']) => `${name.padEnd(10)}${value.trim()}`).join('\n')}${log}`;
}

/** Adds `gofleet builds`. */
export function register(program: Command): void {
  const command = program
    .command('builds [name]')
    .description('the relinks of a cluster, and how far each is; exits with 1 when one has failed');
  withClusterOptions(command).action(
    action((context, name: string | undefined, options: ClusterOptions) =>
      withCluster(options, async (client) => {
        const all = await readBuilds(client);
        const builds = name === undefined ? all : [requireBuild(all, name)];
        if (name === undefined) context.print(builds, renderBuilds);
        else context.print(builds[0] as GoBuild, renderBuild);
        return builds.some(({ status }) => status?.phase === 'Failed') ? exitCode.findings : exitCode.ok;
      }),
    ),
  );
}
