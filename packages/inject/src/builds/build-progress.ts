import type { GofleetError } from '@gofleet/base/errors';
import type { RelinkResult, ReproductionGrade } from '@gofleet/build/relink';
import type { BuildAttestation, Claim, GoBuild, GoBuildStatus } from './go-build.ts';
import { reasonOf, renderBuildConditions } from './render-build-conditions.ts';

/** How often a build may hang or take its worker down before it is given up. */
export const maxLost = 3;
const minDelayMs = 5000;
const maxDelayMs = 600_000;
const maxMessage = 4000;
const [maxLogLines, maxLogLine] = [40, 240];
const [maxDifferences, maxEvidence] = [20, 500];

/** Drops what a status says of the try before. */
function fresh(status: GoBuildStatus): GoBuildStatus {
  const {
    claim: _c,
    message: _m,
    code: _e,
    nextAttemptAt: _n,
    announced: _a,
    finishedAt: _f,
    ...kept
  } = status;
  return kept;
}

/** The status with its conditions in step, and nothing in it without bound. */
function settle(build: GoBuild, status: GoBuildStatus, now: Date): GoBuildStatus {
  const { message, log } = status;
  const bounded = {
    ...status,
    ...(message === undefined ? {} : { message: message.slice(0, maxMessage) }),
    ...(log === undefined ? {} : { log: log.slice(-maxLogLines).map((line) => line.slice(0, maxLogLine)) }),
  };
  return { ...bounded, conditions: renderBuildConditions(build, bounded, now) };
}

/** A build as its new claimant has it; `Failed` when it has cost too many their life already. */
export function takeBuild(
  build: GoBuild,
  { holder, leaseSeconds, now }: Pick<Claim, 'holder' | 'leaseSeconds'> & { readonly now: Date },
): GoBuildStatus {
  const before = build.status ?? { phase: 'Queued' };
  const lost = (before.lost ?? 0) + (before.claim === undefined ? 0 : 1);
  const known = { ...fresh(before), ...(lost === 0 ? {} : { lost }) };
  const at = now.toISOString();
  if (lost >= maxLost) return giveUp(build, known, now);
  const claim: Claim = { holder, acquiredAt: at, renewedAt: at, leaseSeconds };
  const attempts = (before.attempts ?? 0) + 1;
  const taken = { phase: 'Proving', message: 'begins', worker: holder, startedAt: at, log: [] } as const;
  return settle(build, { ...known, ...taken, claim, attempts }, now);
}

function giveUp(build: GoBuild, known: GoBuildStatus, now: Date): GoBuildStatus {
  const message = `given up: ${known.lost} times the build hung or its worker was lost; delete this GoBuild to try again`;
  const end = { phase: 'Failed', code: 'build.worker-lost', message, finishedAt: now.toISOString() } as const;
  return settle(build, { ...known, ...end }, now);
}

/** What its claimant tells while it works; renews the claim. */
export function advanceBuild(
  build: GoBuild,
  told: Pick<Partial<GoBuildStatus>, 'phase' | 'message' | 'log' | 'announced'>,
  now: Date,
): GoBuildStatus {
  const status = build.status ?? { phase: 'Queued' };
  const claim = status.claim && { ...status.claim, renewedAt: now.toISOString() };
  return settle(build, { ...status, ...told, ...(claim === undefined ? {} : { claim }) }, now);
}

/** Back into the queue, by its own claimant: nothing is wrong with it. */
export function releaseBuild(build: GoBuild, message: string, now: Date): GoBuildStatus {
  const status = fresh(build.status ?? { phase: 'Queued' });
  return settle(build, { ...status, phase: 'Queued', message }, now);
}

/** A build that has made its artefact, and handed it in. */
export function finishBuild(
  build: GoBuild,
  { artefact, reproduction, recipe }: Pick<RelinkResult, 'artefact' | 'reproduction' | 'recipe'>,
  now: Date,
): GoBuildStatus {
  const known = fresh(build.status ?? { phase: 'Queued' });
  // What was signed is what was made before.
  const { lost: _l, setbacks: _s, recipe: _r, attestation: _a, ...status } = known;
  const { goVersion, source, equal, segments } = reproduction;
  const differences = reproduction.differences
    .slice(0, maxDifferences)
    .map(({ cause, evidence }) => ({ cause, evidence: evidence.slice(0, maxEvidence) }));
  const { sha256, sizeBytes, buildId, changes } = artefact;
  const end = {
    phase: 'Ready',
    grade: reproduction.grade,
    finishedAt: now.toISOString(),
    reproduction: {
      ...(goVersion === undefined ? {} : { goVersion }),
      ...(source === undefined ? {} : { source }),
      ...{ equal, segments, differences },
    },
    artefact: { sha256, sizeBytes, ...(buildId === undefined ? {} : { buildId }), changes },
    ...(recipe === undefined ? {} : { recipe }),
  } as const;
  return settle(build, { ...status, ...end }, now);
}

function isGrade(value: unknown): value is ReproductionGrade {
  return value === 'proven' || value === 'compiled-equal' || value === 'claimed';
}

function describe({ code, message, facts: { firstLines } }: GofleetError): string {
  const lines = typeof firstLines === 'string' ? `\n${firstLines}` : '';
  return `${code}: ${message}${lines}`;
}

/** A failure that may pass by itself: tried again, later each time. */
function postpone(build: GoBuild, status: GoBuildStatus, { error, now }: { error: GofleetError; now: Date }) {
  const setbacks = (status.setbacks ?? 0) + 1;
  const delayMs = Math.min(maxDelayMs, minDelayMs * 2 ** Math.min(setbacks - 1, 20));
  const nextAttemptAt = new Date(now.getTime() + delayMs).toISOString();
  const message = `tried again in ${delayMs / 1000} s: ${describe(error)}`;
  return settle(
    build,
    { ...status, phase: 'Queued', code: error.code, message, setbacks, nextAttemptAt },
    now,
  );
}

/** A build that failed: queued again when what happened may pass, else final, with the first lines of the compiler. */
export function failBuild(build: GoBuild, error: GofleetError, now: Date): GoBuildStatus {
  const status = fresh(build.status ?? { phase: 'Queued' });
  const hangs = error.code === 'build.timeout';
  const lost = (status.lost ?? 0) + (hangs ? 1 : 0);
  const known = lost === 0 ? status : { ...status, lost };
  if (hangs && lost >= maxLost) return giveUp(build, known, now);
  if (error.retry === 'later') return postpone(build, known, { error, now });
  const { grade } = error.facts;
  const end = { phase: 'Failed', code: error.code, message: describe(error) } as const;
  const told = error.code === 'build.grade-too-low' && isGrade(grade) ? { grade } : {};
  return settle(build, { ...known, ...end, ...told, finishedAt: now.toISOString() }, now);
}

/** A finished build whose artefact is lost: made again. What was known of it stands until then. */
export function renewBuild(build: GoBuild, now: Date): GoBuildStatus {
  return releaseBuild(build, 'its artefact was lost: it is built again', now);
}

/** Where a registry keeps what was pushed. */
export interface PushedBuild {
  /** With its digest. */
  readonly image: string;
  /** The attestation, as what refers to the image; absent while nothing is signed. */
  readonly attestation?: string;
}

/** A finished build whose artefact is in a registry, or was refused by it. */
export function publishBuild(
  build: GoBuild,
  outcome: PushedBuild | { readonly error: GofleetError },
  now: Date,
): GoBuildStatus {
  const status = build.status ?? { phase: 'Queued' };
  if ('error' in outcome) {
    const Published = { status: 'False', reason: 'Refused', message: describe(outcome.error) } as const;
    return { ...status, conditions: renderBuildConditions(build, status, now, { Published }) };
  }
  const { image, attestation: signed } = outcome;
  const { artefact, attestation } = status;
  const next = {
    ...status,
    ...(artefact === undefined ? {} : { artefact: { ...artefact, image } }),
    ...(attestation && signed !== undefined ? { attestation: { ...attestation, image: signed } } : {}),
  };
  const Published = { status: 'True', reason: 'Pushed', message: image } as const;
  return { ...next, conditions: renderBuildConditions(build, next, now, { Published }) };
}

/** A finished build whose artefact has signed provenance, or the reason why it has none. */
export function attestBuild(
  build: GoBuild,
  outcome: BuildAttestation | { readonly error: GofleetError },
  now: Date,
): GoBuildStatus {
  const { attestation: _, ...status } = build.status ?? { phase: 'Queued' };
  if (!('error' in outcome)) {
    const next = { ...status, attestation: outcome };
    return { ...next, conditions: renderBuildConditions(build, next, now) };
  }
  const { error } = outcome;
  const Attested = { status: 'False', reason: reasonOf(error.code), message: describe(error) } as const;
  return { ...status, conditions: renderBuildConditions(build, status, now, { Attested }) };
}
