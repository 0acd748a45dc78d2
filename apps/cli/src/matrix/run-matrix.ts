import type { KubernetesLine } from '@gofleet/lab/releases';
import type { Context } from '../context.ts';
import { startLab } from '../demo/demo-cluster.ts';
import { rabbitmqOperator as operator } from '../demo/operator.ts';
import { builderDir } from '../demo/prepare-stage.ts';
import { findLocalGo } from '../local-go.ts';
import type { MatrixRow } from './matrix-row.ts';
import { playRelease } from './play-release.ts';

/**
 * Plays releases of Kubernetes one after the other, each on a lab of its own; what is not built yet is built first.
 * @throws what `findLocalGo` throws, and the interrupt
 */
export async function runMatrix(options: {
  readonly lines: readonly KubernetesLine[];
  /** The wanted release, `go1.26.8`. */
  readonly goVersion: string;
  readonly context: Pick<Context, 'progress' | 'signal'>;
}): Promise<MatrixRow[]> {
  const { lines, goVersion, context: ui } = options;
  const go = await findLocalGo();
  const rows: MatrixRow[] = [];
  for (const [index, kubernetes] of lines.entries()) {
    ui.progress.report({ step: `Kubernetes ${kubernetes}`, done: index, total: lines.length });
    const name = `matrix-${kubernetes.replace('.', '-')}`;
    const builderHostPath = builderDir();
    const start = () =>
      startLab({ name, kubernetes, builderHostPath, upstreams: go, withRegistry: true, ...ui });
    rows.push(await playRelease({ line: kubernetes, operator, go, goVersion, ui, start }));
  }
  return rows;
}
