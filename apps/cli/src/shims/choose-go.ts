import { type GoConstraint, parseGoConstraint, satisfiesGoConstraint } from '@gofleet/base/go-constraint';
import { compareGoVersions, parseGoVersion } from '@gofleet/base/go-version';
import type { Resolution } from '@gofleet/declare/declaration';
import type { ShimTarget } from '@gofleet/resolve/shim/render-answer';

/** What is wanted and not there: as `gofleet toolchain install` takes it. */
export interface MissingGo {
  readonly version: string;
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

/**
 * The Go among those that are there that a resolution asks for, or what is missing; `undefined` when it asks for nothing that
 * could be run.
 * @param local the Go that runs where nothing asks for another
 */
export function chooseGo(
  { wish, winner }: Resolution,
  installed: readonly ShimTarget[],
  local: ShimTarget | undefined,
): ShimTarget | MissingGo | undefined {
  if (!wish || wish.kind === 'unknown') return undefined;
  if (wish.kind === 'local' || (winner?.source === 'local Go' && local)) return local;
  const candidates = local ? [local, ...installed] : installed;
  if (wish.kind === 'constraint') {
    return newest(candidates, parseGoConstraint(wish.constraint)) ?? { version: wish.constraint };
  }
  const { release } = wish;
  return candidates.findLast(({ version }) => version === release) ?? { version: release.replace(/^go/, '') };
}
