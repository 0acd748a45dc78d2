import { createHash } from 'node:crypto';
import { GofleetError } from '@gofleet/base/errors';
import {
  compareGoVersions,
  parseGoVersion,
  renderGoVersion,
  requireGoRelease,
} from '@gofleet/base/go-version';
import { type GoBuildStep, planGoBuild } from './go-build-step.ts';
import { likelyLinkFlags } from './link-flags.ts';
import type { RelinkOriginal } from './relink-original.ts';

/** Changed whenever the same request would be built another way, so that old answers are not taken for new ones. */
const recipeFormat = 'gofleet-relink/2';

/** One recipe: how the original may have been built, and the same with the wanted release. */
export interface RelinkAttempt {
  /** Absent when the original's Go is no release that can be had (a vendor's or a development build). */
  readonly proof: GoBuildStep | undefined;
  readonly build: GoBuildStep;
}

/** What a relink does: prove the recipe with the original's own release, then build with the wanted one. */
export interface RelinkPlan extends RelinkAttempt {
  /** sha256 over the original, the target and all steps; the same request has the same key everywhere. */
  readonly recipeKey: string;
  /** What is built: `path@version` of the main module. */
  readonly module: string;
  /** The wanted release, `go1.26.8`. */
  readonly goVersion: string;
  /** Other link flags, to be tried as long as only the link differs. */
  readonly alternatives: readonly RelinkAttempt[];
}

/** @throws `build.no-provenance` */
function checkProvenance({ provenance, main, package: path }: RelinkOriginal): void {
  if (provenance.class === 'released-module' && main && path !== '') return;
  throw new GofleetError(
    'build.no-provenance',
    `cannot be rebuilt from its build info: ${provenance.reason}`,
    {
      facts: { class: provenance.class, reason: provenance.reason, package: path, module: main?.path },
      hint: 'only executables built from a released module (go install path@version) can be relinked',
    },
  );
}

/** The original's release and experiments; `undefined` when it is no official release. */
function releaseOf(recorded: string): { release: string; experiments: string } | undefined {
  const version = parseGoVersion(recorded);
  const suffix = version?.suffix ?? '';
  const experiments = suffix === '' ? '' : /^X:(\S+)$/.exec(suffix)?.[1];
  if (!version || experiments === undefined) return undefined;
  return { release: renderGoVersion(version), experiments };
}

function recipeKeyOf(original: RelinkOriginal, attempts: readonly RelinkAttempt[]): string {
  const steps = attempts.map(({ proof, build }) => [proof ?? null, build]);
  const canonical = JSON.stringify([recipeFormat, original.sha256, steps]);
  return createHash('sha256').update(canonical).digest('hex');
}

function planAttempt(
  original: RelinkOriginal,
  target: string,
  choice: { readonly own: ReturnType<typeof releaseOf>; readonly linkFlags: string },
): RelinkAttempt {
  const { own, linkFlags } = choice;
  const experiments = own?.experiments ?? '';
  return {
    proof: own && planGoBuild(original, { ...own, linkFlags }),
    build: planGoBuild(original, { release: target, experiments, linkFlags }),
  };
}

/**
 * The steps that give an original another Go.
 * @param goVersion - the exact release, with or without the prefix `go`
 * @throws `build.no-provenance`, `build.older-go`, `base.malformed-go-version`
 */
export function planRelink(original: RelinkOriginal, goVersion: string): RelinkPlan {
  checkProvenance(original);
  const target = requireGoRelease(goVersion);
  const oldest = requireGoRelease('go1.21.0');
  if (compareGoVersions(target, oldest) < 0) {
    throw new GofleetError('build.older-go', `relinking needs Go 1.21 or newer, asked for ${goVersion}`, {
      facts: { goVersion },
    });
  }
  const own = releaseOf(original.goVersion);
  const attempts = likelyLinkFlags(original).map((linkFlags) =>
    planAttempt(original, renderGoVersion(target), { own, linkFlags }),
  );
  const [first, ...alternatives] = attempts;
  if (!first) throw new GofleetError('base.bug', 'there is no way to link');
  return {
    recipeKey: recipeKeyOf(original, attempts),
    module: `${original.main?.path}@${original.main?.version}`,
    goVersion: first.build.goVersion,
    ...first,
    alternatives: own ? alternatives : [],
  };
}
