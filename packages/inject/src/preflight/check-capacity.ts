import type { Finding } from '@gofleet/base/finding';
import type { GoRuntime } from '../go-runtime.ts';
import { parseQuantity } from '../parse-quantity.ts';
import type { CheckedObject, CheckedTemplate, ClusterFacts, ResourceQuota } from './preflight-input.ts';

/** Pods that a rolling update adds before it takes others away. @see k8s.io/kubernetes/pkg/controller/deployment/util ResolveFenceposts */
function surgeOf({ kind, spec }: CheckedObject): number {
  if (kind !== 'Deployment' || spec?.strategy?.type === 'Recreate') return 0;
  const surge = spec?.strategy?.rollingUpdate?.maxSurge ?? '25%';
  const percent = /^(\d{1,3})%$/.exec(String(surge))?.[1];
  return percent === undefined ? Number(surge) : Math.ceil(((spec?.replicas ?? 1) * Number(percent)) / 100);
}

/** What one more pod takes of a resource, by the containers' own words. */
function needOf(resource: string, { spec }: CheckedTemplate): number {
  if (resource === 'pods' || resource === 'count/pods') return 1;
  const [, kind = 'requests', name = resource] = /^(requests|limits)\.(cpu|memory)$/.exec(resource) ?? [];
  if (name !== 'cpu' && name !== 'memory') return 0;
  return spec.containers.reduce((sum, { resources }) => {
    const own = resources?.[kind === 'limits' ? 'limits' : 'requests']?.[name] ?? resources?.limits?.[name];
    return sum + (own === undefined ? 0 : (parseQuantity(own) ?? 0));
  }, 0);
}

function checkQuota(object: CheckedObject, { name, hard, used }: ResourceQuota): readonly Finding[] {
  const surge = surgeOf(object);
  return Object.entries(hard).flatMap(([resource, limit]): Finding[] => {
    const need = surge * needOf(resource, object.template);
    const left = (parseQuantity(limit) ?? 0) - (parseQuantity(used[resource] ?? '0') ?? 0);
    if (need <= left || need === 0) return [];
    const hint = `raise the quota, or roll in place: spec.strategy.rollingUpdate: {maxSurge: 0, maxUnavailable: 1}`;
    const message = `ResourceQuota ${name} leaves ${left} ${resource}; a rolling update adds ${surge} pods that need ${need}`;
    return [{ code: 'preflight.quota', severity: 'error', message, facts: { quota: name, resource }, hint }];
  });
}

/** Limits that a LimitRange gives to pods are not in their template: it is not rolled because of them. */
function checkLimitRanges(
  { template }: CheckedObject,
  { namespace }: ClusterFacts,
  claims: ReadonlyMap<string, GoRuntime>,
): readonly Finding[] {
  const range = namespace?.limitRanges[0];
  const unlimited = template.spec.containers.find(({ name, resources }) => {
    const { memoryLimit, maxProcs } = claims.get(name)?.spec.godebug ?? {};
    const { memory, cpu } = resources?.limits ?? {};
    return (memoryLimit && memory === undefined) || (maxProcs && cpu === undefined);
  });
  if (range === undefined || !unlimited) return [];
  const message = `${unlimited.name} has its limits from LimitRange ${range}: pods get GOMEMLIMIT and GOMAXPROCS by it when they are created, and none is replaced because of it`;
  const hint = `write the limits into the template: kubectl set resources … -c ${unlimited.name} --limits=memory=…`;
  return [
    { code: 'preflight.limit-range', severity: 'warning', message, facts: { limitRange: range }, hint },
  ];
}

/** Whether a rolling update fits into the quotas of the namespace, and where limits come from. gofleet itself asks for nothing more. */
export function checkCapacity(
  object: CheckedObject,
  cluster: ClusterFacts,
  claims: ReadonlyMap<string, GoRuntime>,
): readonly Finding[] {
  const quotas = cluster.namespace?.quotas ?? [];
  return [
    ...quotas.flatMap((quota) => checkQuota(object, quota)),
    ...checkLimitRanges(object, cluster, claims),
  ];
}
