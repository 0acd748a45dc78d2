import type { Finding } from '@gofleet/base/finding';
import { claimContainers } from '../admission/claim-containers.ts';
import { checkCapacity } from './check-capacity.ts';
import { checkCluster, checkNodes } from './check-cluster.ts';
import { checkOperators } from './check-operators.ts';
import { checkTemplate } from './check-template.ts';
import { checkSelectors, checkWish } from './check-wish.ts';
import type { CheckedObject, PreflightInput } from './preflight-input.ts';

/** What stands against a wish for one object, or nothing. */
export interface CheckedResult {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** The GoRuntimes that decide for its containers; none when nothing is wished for it. */
  readonly runtimes: readonly string[];
  readonly findings: readonly Finding[];
}

/** The findings about a namespace and each of its objects. */
export interface PreflightResult {
  readonly namespace: string;
  /** About the namespace and the cluster; empty without a cluster. */
  readonly findings: readonly Finding[];
  readonly objects: readonly CheckedResult[];
}

const weights = { error: 0, warning: 1, info: 2 } as const;

const byWeight = (findings: readonly Finding[]): readonly Finding[] =>
  [...findings].sort((a, b) => weights[a.severity] - weights[b.severity]);

function checkObject(object: CheckedObject, input: PreflightInput): CheckedResult {
  const { kind, namespace, name, template } = object;
  const claims = claimContainers(template, input.runtimes);
  const { cluster } = input;
  const mounted = [...claims].filter(([, { spec }]) => spec.mode !== 'godebug');
  const mountingWishes = mounted.map(([, runtime]) => runtime);
  const findings = [
    ...checkWish(object, input),
    ...checkOperators(object, input),
    ...checkTemplate(object, claims, cluster),
    ...(cluster && mounted.length > 0 ? checkNodes(object, cluster, mountingWishes) : []),
    ...(cluster && claims.size > 0 ? checkCapacity(object, cluster, claims) : []),
  ];
  const runtimes = [...new Set([...claims.values()].map(({ metadata }) => metadata.name))];
  return { kind, namespace, name, runtimes, findings: byWeight(findings) };
}

/** What stands between the wishes of a namespace and the pods that should have them, with what to do about each. */
export function checkPreflight(input: PreflightInput): PreflightResult {
  const { namespace, cluster, objects } = input;
  const findings = [...(cluster ? checkCluster(input, cluster) : []), ...checkSelectors(input)];
  return {
    namespace,
    findings: byWeight(findings),
    objects: objects.map((object) => checkObject(object, input)),
  };
}
