import { startLab } from 'gofleet/demo/demo-cluster';
import { rabbitmqOperator as operator } from 'gofleet/demo/operator';
import { builderDir, prepareStage } from 'gofleet/demo/prepare-stage';
import type { DemoStage } from 'gofleet/demo/run-demo';
import { findLocalGo } from 'gofleet/local-go';
import { createProgress } from 'gofleet/progress';

/** The release that the figures move the operator to. */
const goVersion = 'go1.26.8';

/**
 * Runs `measure` on a lab of its own with the operator and gofleet in it, and takes the lab down whatever happens.
 * @param starts - pods per variant, for figures that start pods
 */
export async function withOperatorStage<T>(
  starts: number,
  measure: (stage: DemoStage) => Promise<T>,
): Promise<T> {
  const go = await findLocalGo();
  const ui = { progress: createProgress({ quiet: false }), signal: new AbortController().signal };
  const cluster = await startLab({
    name: 'bench',
    kubernetes: '1.36',
    builderHostPath: builderDir(),
    upstreams: go,
    ...ui,
  });
  try {
    const prepared = await prepareStage({ cluster, operator, go, goVersion, starts, ui });
    try {
      return await measure(prepared.stage);
    } finally {
      await prepared.close();
    }
  } finally {
    ui.progress.stop();
    await cluster.down?.();
  }
}
