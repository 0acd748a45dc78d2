import { createHash } from 'node:crypto';
import { GofleetError } from '@gofleet/base/errors';
import {
  compareGoVersions,
  parseGoVersion,
  renderGoVersion,
  requireGoRelease,
} from '@gofleet/base/go-version';
import { planGoBuild } from './go-build-step.ts';
import type { RelinkOriginal } from './relink-original.ts';
import { listSources, type SourceHints } from './source/list-sources.ts';
import type { SourceSpec } from './source/source-spec.ts';

/** Changed whenever the same request would be built another way, so that old answers are not taken for new ones. */
const recipeFormat = 'gofleet-relink/4';

/** The original's own release, as its proof is built with. */
export interface OwnRelease {
  readonly release: string;
  /** Value of GOEXPERIMENT that its version names. */
  readonly experiments: string;
}

/** What a proof is made from. */
export interface ProofPlan {
  /** Absent when the original's Go is no release that can be had (a vendor's or a development build). */
  readonly own: OwnRelease | undefined;
  /** Where the source may be had, likeliest first; each is a candidate until the proof build matches. */
  readonly sources: readonly SourceSpec[];
}

/** What a relink does: prove a recipe with the original's own release, then build with the wanted one. */
export interface RelinkPlan extends ProofPlan {
  /**
   * sha256 over the original, the target and where the source is; the same request has the same key everywhere. Absent when the
   * source may change behind its name, so that nothing is remembered of it.
   */
  readonly recipeKey?: string;
  /** sha256 over the original and where the source is, whatever the target; absent where `recipeKey` is. */
  readonly proofKey?: string;
  /** The wanted release, `go1.26.8`. */
  readonly goVersion: string;
  readonly godebug: Godebug;
}

/** `keep` leaves behaviours as the main module's Go version has them; `new` takes those of the new release. */
export type Godebug = 'keep' | 'new';

/** What a user decides of a relink besides the release. */
export interface RelinkChoices extends SourceHints {
  /** Whether a C compiler may be used where the original used one. */
  readonly cgo?: boolean;
  /** Whether the original may be run, in a sandbox, for what it prints of its version. */
  readonly runOriginal?: boolean;
  /** Default `keep`. */
  readonly godebug?: Godebug;
}

/** @throws `build.needs-cgo` */
function checkCgo({ settings, package: path }: RelinkOriginal, { cgo = false }: RelinkChoices): void {
  if (cgo || settings.CGO_ENABLED !== '1') return;
  throw new GofleetError(
    'build.needs-cgo',
    `${path} was built with cgo: its C compiler is part of the build`,
    {
      facts: { package: path, cgoEnabled: settings.CGO_ENABLED },
      hint: 'allow the C compiler of this machine with --cgo',
    },
  );
}

/** The original's release and experiments; `undefined` when it is no official release. */
function releaseOf(recorded: string): OwnRelease | undefined {
  const version = parseGoVersion(recorded);
  const suffix = version?.suffix ?? '';
  const experiments = suffix === '' ? '' : /^-?X:(\S+)$/.exec(suffix)?.[1];
  if (!version || experiments === undefined) return undefined;
  return { release: renderGoVersion(version), experiments };
}

function digestOf(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function keysOf(
  original: RelinkOriginal,
  plan: RelinkPlan,
): Required<Pick<RelinkPlan, 'recipeKey' | 'proofKey'>> {
  const { own, goVersion, sources, godebug } = plan;
  const choice = { experiments: own?.experiments ?? '', linkFlags: '' };
  const steps = [own?.release ?? '', goVersion].map((release) =>
    planGoBuild(original, { release, ...choice }),
  );
  return {
    recipeKey: digestOf(recipeFormat, original.sha256, steps, sources, godebug),
    proofKey: digestOf(recipeFormat, 'proof', original.sha256, steps[0], sources),
  };
}

/** Whether a source is the same whenever it is asked for. */
function isFixed(source: SourceSpec): boolean {
  return source.kind === 'git'
    ? /^[0-9a-f]{40}$/.test(source.revision)
    : !/^(?:directory|archive)$/.test(source.kind);
}

/**
 * What the proof of an original is made from.
 * @throws `build.no-provenance`, `build.needs-cgo`
 */
export function planProof(original: RelinkOriginal, choices: RelinkChoices = {}): ProofPlan {
  const sources = listSources(original, choices);
  checkCgo(original, choices);
  return { own: releaseOf(original.goVersion), sources };
}

/**
 * What gives an original another Go.
 * @param goVersion - the exact release, with or without the prefix `go`
 * @throws `build.no-provenance`, `build.needs-cgo`, `build.older-go`, `base.malformed-go-version`
 */
export function planRelink(
  original: RelinkOriginal,
  goVersion: string,
  choices: RelinkChoices = {},
): RelinkPlan {
  const target = requireGoRelease(goVersion);
  const oldest = requireGoRelease('go1.21.0');
  if (compareGoVersions(target, oldest) < 0) {
    throw new GofleetError('build.older-go', `relinking needs Go 1.21 or newer, asked for ${goVersion}`, {
      facts: { goVersion },
    });
  }
  const plan = {
    ...planProof(original, choices),
    goVersion: renderGoVersion(target),
    godebug: choices.godebug ?? 'keep',
  };
  return plan.sources.every(isFixed) ? { ...plan, ...keysOf(original, plan) } : plan;
}
