import { createHash } from 'node:crypto';
import { binariesOf, buildOf, targetOf } from '../admission/choose-artefact.ts';
import { claimContainers } from '../admission/claim-containers.ts';
import { type PodTemplate, parseInjections } from '../admission/pod.ts';
import type { GoRuntime, Injection } from '../go-runtime.ts';
import { inCluster } from '../go-runtime.ts';

/** Repairs of one roll-out by template annotation before gofleet gives up and only reports. */
export const maxRepairs = 5;

const keyOf = ({ container, path, artefact }: Injection): string => `${container} ${path} ${artefact}`;

/** Whether two pods have the same files mounted in the same places, whoever wished it. */
export function sameInjections(a: readonly Injection[], b: readonly Injection[]): boolean {
  const [left, right] = [a, b].map((injections) => injections.map(keyOf).sort().join('\n'));
  return left === right;
}

/** The annotation value that stands for a set of injections: `<goVersion>@<12 hex digits>`. */
export function rolloutValue(injections: readonly Injection[]): string {
  const text = injections.map(keyOf).sort().join('\n');
  const versions = [...new Set(injections.map(({ goVersion }) => goVersion))].sort().join('_');
  return `${versions}@${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
}

/** `value+2` is the second repair of `value`. */
function parseValue(value: string | undefined): { base: string | undefined; repairs: number } {
  const match = /^(.*?)(?:\+(\d+))?$/s.exec(value ?? '');
  return { base: value === undefined ? undefined : match?.[1], repairs: Number(match?.[2] ?? 0) };
}

/** The value of the roll-out annotation of a template or pod. */
export function rolloutOf(pod: PodTemplate): string | undefined {
  return pod.metadata?.annotations?.[inCluster.rolloutAnnotation];
}

/** Whether a pod came from the template as it is now and yet lacks what it should have: the webhook did not see it. */
export function isMissed(pod: PodTemplate, template: PodTemplate, wanted: readonly Injection[]): boolean {
  const value = rolloutOf(template);
  return (
    value !== undefined &&
    parseValue(value).base === rolloutValue(wanted) &&
    rolloutOf(pod) === value &&
    parseInjections(pod.metadata?.annotations).length === 0
  );
}

/**
 * Whether nothing that a template needs is still being made: every claimed container's image has been observed and each of its builds
 * has ended, well or not. Rolling earlier would roll twice.
 */
export function isSettled(template: PodTemplate, runtimes: readonly GoRuntime[]): boolean {
  const claims = claimContainers(template, runtimes);
  return template.spec.containers.every(({ name, image }) => {
    const runtime = claims.get(name);
    if (!runtime) return true;
    const target = targetOf(runtime);
    if (target === undefined) return false;
    return binariesOf(runtime, image).every(({ sha256, goVersion }) => {
      const phase = buildOf(runtime, sha256, target)?.phase;
      return goVersion === target || phase === 'Ready' || phase === 'Failed';
    });
  });
}

/** What a workload is, as far as rolling it goes. */
export interface RolloutSituation {
  readonly template: PodTemplate;
  /** Its pods that live and are not on their way out. */
  readonly pods: readonly PodTemplate[];
  readonly wanted: readonly Injection[];
  /** Roll pods again that the webhook missed. */
  readonly repair: boolean;
  /** Some pod runs an artefact over an image that has changed since: it must go even when nothing is wanted. */
  readonly isStale: boolean;
}

/**
 * The roll-out annotation that the template should get so that its pods are replaced; `undefined` when nothing is to be done, `null`
 * when the annotation is to be removed (the template is then what its author wrote).
 */
export function planRollout(situation: RolloutSituation): string | null | undefined {
  const { template, pods, wanted, repair, isStale } = situation;
  const lacking = pods.filter((pod) => !sameInjections(parseInjections(pod.metadata?.annotations), wanted));
  if (lacking.length === 0) return undefined;
  const current = rolloutOf(template);
  if (wanted.length === 0) {
    if (!isStale) return undefined;
    if (current !== undefined) return null;
    return rolloutValue(lacking.flatMap((pod) => parseInjections(pod.metadata?.annotations)));
  }
  const { base, repairs } = parseValue(current);
  const value = rolloutValue(wanted);
  if (base !== value) return value;
  const hasMissed = lacking.some((pod) => isMissed(pod, template, wanted));
  return repair && hasMissed && repairs < maxRepairs ? `${value}+${repairs + 1}` : undefined;
}
