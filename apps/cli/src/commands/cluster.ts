import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { keepTimedAnswer, readTimedAnswer } from '@gofleet/filesystem/timed-answer';
import type { KubeClient } from '@gofleet/kube/client';
import type { Command } from 'commander';
import { type ClusterOptions, withCluster, withClusterOptions } from '../cluster/connect.ts';
import { action, type Context } from '../context.ts';
import { parseSeconds } from '../parse-seconds.ts';
import { renderSurvey } from '../survey/render-survey.ts';
import { type ClusterSurvey, surveyCluster } from '../survey/survey-cluster.ts';

interface Options extends ClusterOptions {
  readonly refresh?: boolean;
  readonly maxAge: number;
}

/** One per cluster: another cluster at the same address has another certificate authority. */
function answerPath({ connection }: KubeClient, { context = '', kubeconfig = '' }: Options): string {
  const identity = [connection.server, connection.ca ?? '', kubeconfig, context].join('\0');
  const name = createHash('sha256').update(identity).digest('hex').slice(0, 32);
  return join(cacheRoot(), 'surveys', `${name}.json`);
}

async function run(context: Context, options: Options): Promise<undefined> {
  const now = new Date();
  await withCluster(options, async (client) => {
    const path = answerPath(client, options);
    const maxAgeMs = options.refresh ? 0 : options.maxAge * 1000;
    const known = await readTimedAnswer<ClusterSurvey>(path, maxAgeMs, now);
    const answer = known ?? { at: now.toISOString(), value: await surveyCluster(client, context) };
    if (!known) await keepTimedAnswer(path, answer);
    context.progress.stop();
    const ageMs = known && now.getTime() - Date.parse(known.at);
    context.print({ surveyedAt: answer.at, ...answer.value }, (survey) => renderSurvey(survey, ageMs));
  });
  return undefined;
}

/** Adds `gofleet cluster`. */
export function register(program: Command): void {
  const command = program
    .command('cluster')
    .description(
      'what a cluster can do, asked and tried rather than guessed from its version: APIs, nodes, how executables reach pods',
    )
    .option('--refresh', 'ask again, whatever is known')
    .option(
      '--max-age <seconds>',
      'how old an answer may be that is kept on this machine',
      parseSeconds,
      300,
    );
  withClusterOptions(command).action(action(run));
}
