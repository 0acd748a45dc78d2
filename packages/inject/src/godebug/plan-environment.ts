import { parseGoConstraint, satisfiesGoConstraint } from '@gofleet/base/go-constraint';
import { parseGoVersion } from '@gofleet/base/go-version';
import { parseBuildInfo } from '@gofleet/identify/build-info';
import type { KnownSpec } from '../declaration/wished-version.ts';
import { parseQuantity } from '../parse-quantity.ts';
import type { ObservedBinary } from '../runtime-status.ts';
import { parseGodebug, parseProfile, planGodebug } from './plan-godebug.ts';
import { followingMemoryLimit, type RuntimeVariables } from './runtime-variables.ts';

/** What a container says of itself that variables depend on. */
export interface EnvironmentContainer {
  /** `resources.limits` */
  readonly limits: Readonly<Record<string, string | number>>;
  /** Names that its author set. */
  readonly authored: readonly string[];
  /** Whether `envFrom` may set more. */
  readonly hasEnvFrom: boolean;
}

/** The variables for a container, with what was left out and why; or why the wish cannot be met. */
export interface EnvironmentPlan {
  readonly variables: RuntimeVariables;
  readonly notes: readonly string[];
  readonly problem?: string;
}

const defaultMarginPercent = 10;
/** Go reads the CPU limit of its cgroup itself from here on. @see Go src/runtime/cgroup_linux.go (go1.25) */
const containerAwareMinor = 25;
/** @see https://go.dev/doc/go1.19#runtime */
const memoryLimitMinor = 19;

type Part = { readonly value?: string; readonly note?: string };

function planMemoryLimit(spec: KnownSpec, minor: number, { limits }: EnvironmentContainer): Part {
  const { memoryLimit } = spec.godebug ?? {};
  if (memoryLimit === undefined) return {};
  if (minor < memoryLimitMinor) return { note: `GOMEMLIMIT: Go 1.${minor} does not read it` };
  const bytes = limits.memory === undefined ? undefined : parseQuantity(limits.memory);
  if (bytes === undefined || bytes <= 0) return { note: 'GOMEMLIMIT: the container has no memory limit' };
  const { marginPercent = defaultMarginPercent, evaluate } = memoryLimit;
  if (evaluate === 'AtStart') return { value: followingMemoryLimit };
  return { value: String(Math.floor((bytes * (100 - marginPercent)) / 100)) };
}

/** By the rule that Go 1.25 has: rounded up, and never one. @see Go src/runtime/cgroup_linux.go, adjustCgroupGOMAXPROCS (go1.26) */
function planMaxProcs(
  spec: KnownSpec,
  { minor, settings }: { readonly minor: number; readonly settings: Readonly<Record<string, string>> },
  { limits }: EnvironmentContainer,
): Part {
  if (spec.godebug?.maxProcs !== 'FromLimit') return {};
  if (minor >= containerAwareMinor && settings.containermaxprocs !== '0')
    return {
      note: `GOMAXPROCS: Go 1.${minor} follows the CPU limit by itself, and setting it would end that`,
    };
  const cpus = limits.cpu === undefined ? undefined : parseQuantity(limits.cpu);
  if (cpus === undefined || cpus <= 0) return { note: 'GOMAXPROCS: the container has no CPU limit' };
  return { value: String(Math.max(2, Math.ceil(cpus))) };
}

function defaultsOf({ buildInfo, goVersion }: ObservedBinary): Readonly<Record<string, string>> {
  try {
    return parseGodebug(parseBuildInfo(buildInfo, goVersion).settings.DefaultGODEBUG ?? '');
  } catch {
    return {};
  }
}

function isMet(spec: KnownSpec, version: NonNullable<ReturnType<typeof parseGoVersion>>): boolean {
  if (parseProfile(spec.runtime.goVersion) !== undefined) return true;
  return satisfiesGoConstraint(version, parseGoConstraint(spec.runtime.goVersion));
}

/** Leaves out what the pod's author set: an explicit value is worth more than a wish. */
function withoutAuthored(
  parts: Readonly<Record<string, Part>>,
  { authored, hasEnvFrom }: EnvironmentContainer,
): EnvironmentPlan {
  const wanted = Object.entries(parts).filter(([, { value }]) => value !== undefined && value !== '');
  const [kept, left] = [
    wanted.filter(([name]) => !authored.includes(name)),
    wanted.filter(([name]) => authored.includes(name)),
  ];
  const notes = [
    ...Object.values(parts).flatMap(({ note }) => note ?? []),
    ...left.map(([name]) => `${name}: the pod's author set it, and that value stays`),
    ...(hasEnvFrom && kept.length > 0 ? ['envFrom is not looked into: what it says of these is hidden'] : []),
  ];
  return { variables: Object.fromEntries(kept.map(([name, { value }]) => [name, value])), notes };
}

/**
 * The environment of a container by a wish of mode godebug, for the Go program that was observed in its image.
 * `GODEBUG` by the table of the release inside, `GOMEMLIMIT` and `GOMAXPROCS` from the container's limits, `GOGC` as wished.
 */
export function planEnvironment(
  spec: KnownSpec,
  binary: ObservedBinary,
  container: EnvironmentContainer,
): EnvironmentPlan {
  const nothing = { variables: {}, notes: [] };
  const version = parseGoVersion(binary.goVersion);
  if (!version) return { ...nothing, problem: `${binary.goVersion} is no release of Go` };
  if (!isMet(spec, version))
    return { ...nothing, notes: [`${binary.goVersion} does not meet ${spec.runtime.goVersion}`] };
  const profile = parseProfile(spec.runtime.goVersion);
  const wish = { settings: spec.godebug?.settings ?? {}, ...(profile === undefined ? {} : { profile }) };
  const defaults = defaultsOf(binary);
  const godebug = planGodebug(wish, { goVersion: version, defaults });
  if (godebug.problem !== undefined) return { ...nothing, problem: godebug.problem };
  const { gcPercent } = spec.godebug ?? {};
  const settings = { ...defaults, ...parseGodebug(godebug.value ?? '') };
  return withoutAuthored(
    {
      GODEBUG: { value: godebug.value },
      GOGC: gcPercent === undefined ? {} : { value: gcPercent },
      GOMAXPROCS: planMaxProcs(spec, { minor: version.minor, settings }, container),
      GOMEMLIMIT: planMemoryLimit(spec, version.minor, container),
    },
    container,
  );
}
