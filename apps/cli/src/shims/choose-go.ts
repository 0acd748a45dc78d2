import { type GoConstraint, parseGoConstraint, satisfiesGoConstraint } from '@gofleet/base/go-constraint';
import { compareGoVersions, parseGoVersion } from '@gofleet/base/go-version';
import type { Resolution } from '@gofleet/declare/declaration';
import type { ShimTarget } from '@gofleet/resolve/shim/render-answer';

/** The Go to run, or what is missing, as `gofleet toolchain install` takes it; neither when nothing could be run. */
export interface GoChoice {
  readonly target?: ShimTarget;
  readonly missing?: string;
}

/** What there is to choose from. */
export interface AvailableGo {
  /** Oldest first. */
  readonly installed: readonly ShimTarget[];
  /** The Go that runs where nothing asks for another. */
  readonly local: ShimTarget | undefined;
}

function newest(candidates: readonly ShimTarget[], constraint: GoConstraint): ShimTarget | undefined {
  return candidates
    .flatMap((target) => {
      const version = parseGoVersion(target.version);
      return version && satisfiesGoConstraint(version, constraint) ? [{ version, target }] : [];
    })
    .sort((a, b) => compareGoVersions(a.version, b.version))
    .at(-1)?.target;
}

const orMissing = (target: ShimTarget | undefined, missing: string): GoChoice =>
  target ? { target } : { missing };

/** The Go among those that are there that a resolution asks for. */
export function chooseGo({ wish, winner }: Resolution, { installed, local }: AvailableGo): GoChoice {
  if (!wish || wish.kind === 'unknown') return {};
  if (local && (wish.kind === 'local' || winner?.source === 'local Go')) return { target: local };
  if (wish.kind === 'local') return {};
  const candidates = local ? [local, ...installed] : installed;
  if (wish.kind === 'constraint') {
    return orMissing(newest(candidates, parseGoConstraint(wish.constraint)), wish.constraint);
  }
  const found = candidates.findLast(({ version }) => version === wish.release);
  return orMissing(found, wish.release.replace(/^go/, ''));
}
