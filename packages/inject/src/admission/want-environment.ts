import { compareGoVersions, parseGoVersion } from '@gofleet/base/go-version';
import { knownSpec } from '../declaration/wished-version.ts';
import type { GoRuntime } from '../go-runtime.ts';
import { type EnvironmentPlan, planEnvironment } from '../godebug/plan-environment.ts';
import {
  followingMemoryLimit,
  memoryLimitVariable,
  type RuntimeVariables,
  runtimeVariables,
} from '../godebug/runtime-variables.ts';
import { type Injection, isEnvironment } from '../injection.ts';
import type { ObservedBinary } from '../runtime-status.ts';
import { binariesOf } from './choose-artefact.ts';
import type { EnvironmentVariable, PodContainer } from './pod.ts';

/** The variables of a container that an earlier admission set, by what the pod's annotation lists. */
export function ourVariables(
  container: PodContainer,
  noted: readonly Injection[],
): readonly EnvironmentVariable[] {
  const ours = noted.filter(isEnvironment).filter((each) => each.container === container.name);
  const isOurs = ({ name, value }: EnvironmentVariable): boolean => {
    // An annotation is what anybody writes: it never makes another variable ours.
    const variable = runtimeVariables.find((each) => each === name);
    return (
      variable !== undefined &&
      value !== undefined &&
      ours.some(({ variables }) => variables[variable] === value)
    );
  };
  const env = container.env ?? [];
  const set = env.filter(isOurs);
  const isFollowing = set.some(({ value }) => value === followingMemoryLimit);
  return env.filter((each) => set.includes(each) || (isFollowing && isToldMemoryLimit(each)));
}

const isToldMemoryLimit = ({ name, value }: EnvironmentVariable): boolean =>
  name === memoryLimitVariable && value === undefined;

/** Variables as a container's spec has them: before one that follows the memory limit stands what tells it. */
export function environmentOf(variables: RuntimeVariables): readonly EnvironmentVariable[] {
  const told = {
    name: memoryLimitVariable,
    valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } },
  };
  const set = Object.entries(variables).map(([name, value]) => ({ name, value }));
  return variables.GOMEMLIMIT === followingMemoryLimit ? [told, ...set] : set;
}

/** Of several programs in an image the oldest decides: what it understands, the others do. */
function decidingBinary(runtime: GoRuntime, image: string | undefined): ObservedBinary | undefined {
  const rank = ({ goVersion }: ObservedBinary) => parseGoVersion(goVersion);
  return [...binariesOf(runtime, image)].sort((a, b) => {
    const [left, right] = [rank(a), rank(b)];
    return left && right ? compareGoVersions(left, right) : 0;
  })[0];
}

/** What a wish of mode godebug does to a container; `undefined` until a Go program was observed in its image and the version is known. */
export function wantEnvironment(
  container: PodContainer,
  runtime: GoRuntime,
  noted: readonly Injection[],
): (EnvironmentPlan & { readonly binary: ObservedBinary }) | undefined {
  const binary = decidingBinary(runtime, container.image);
  const spec = knownSpec(runtime);
  if (!binary || !spec) return undefined;
  const ours = new Set(ourVariables(container, noted));
  const authored = (container.env ?? []).filter(
    (each) => !ours.has(each) && (runtimeVariables as readonly string[]).includes(each.name),
  );
  const plan = planEnvironment(spec, binary, {
    limits: container.resources?.limits ?? {},
    authored: authored.map(({ name }) => name),
    hasEnvFrom: (container.envFrom ?? []).length > 0,
  });
  return { ...plan, binary };
}
