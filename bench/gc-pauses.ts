import type { GoMetrics } from 'gofleet/demo/go-metrics';
import { type DemoStage, grantWish } from 'gofleet/demo/run-demo';
import type { Bench } from './bench.ts';
import { withOperatorStage } from './operator-stage.ts';

const pieces = 60;

/** The operator's own /metrics after the same work by a pod of the same age. */
async function work({ inCluster, progress }: DemoStage, name: string): Promise<GoMetrics | undefined> {
  const { pod } = await inCluster.waitForOnePod();
  await inCluster.waitForLease(pod);
  for (let piece = 0; piece < pieces; piece++) {
    progress.report({ step: `work for the operator (${name})`, done: piece, total: pieces });
    await inCluster.waitForReconcile(`${name}-${piece}`);
  }
  return inCluster.goMetrics(pod);
}

async function run(): Promise<Record<string, unknown>> {
  return withOperatorStage(1, async (stage) => {
    const before = await work(stage, 'before');
    await grantWish(stage);
    const after = await work(stage, 'after');
    return { operator: stage.operator.title, workPieces: pieces, before, after };
  });
}

export const bench: Bench = {
  question: "how long are the operator's GC pauses before and after, by its own /metrics?",
  run,
};
