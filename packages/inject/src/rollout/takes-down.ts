import { type CountOrPercent, countOf } from './rollout-spec.ts';

/** The parts of a workload's spec that say how it replaces its pods. */
export interface ReplacementStrategy {
  readonly replicas?: number;
  readonly strategy?: { readonly type?: string; readonly rollingUpdate?: RollingUpdate };
  readonly updateStrategy?: { readonly rollingUpdate?: RollingUpdate };
}

interface RollingUpdate {
  readonly maxUnavailable?: CountOrPercent;
  readonly maxSurge?: CountOrPercent;
}

function ofDeployment({ replicas = 1, strategy = {} }: ReplacementStrategy): number {
  if (strategy.type === 'Recreate') return replicas;
  const { maxUnavailable = '25%', maxSurge = '25%' } = strategy.rollingUpdate ?? {};
  const percent = typeof maxUnavailable === 'string' ? Number.parseInt(maxUnavailable, 10) : undefined;
  const down = percent === undefined ? Number(maxUnavailable) : Math.floor((percent * replicas) / 100);
  return down === 0 && countOf(maxSurge, replicas) === 0 ? 1 : Math.min(down, replicas);
}

/**
 * How many of its pods a workload may take down at a time when its template changes. `pods` is how many there are.
 * @see Kubernetes pkg/controller/deployment/util ResolveFenceposts, pkg/controller/daemon/util UnavailableCount (1.36)
 */
export function takesDown(kind: string, spec: ReplacementStrategy, pods: number): number {
  if (kind === 'Deployment') return ofDeployment(spec);
  const { maxUnavailable = 1, maxSurge = 0 } = spec.updateStrategy?.rollingUpdate ?? {};
  if (kind === 'DaemonSet' && countOf(maxSurge, pods) > 0) return 0;
  return Math.max(1, Math.min(countOf(maxUnavailable, pods), pods));
}
