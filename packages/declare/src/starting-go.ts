import type { Declaration, GoWish } from './declaration.ts';
import type { StartingGo } from './go/select-toolchain.ts';
import { goverOfToolchain } from './gover.ts';
import type { LocalGo } from './ports.ts';

/** Newer than every release: the newest release that a wish allows is compared by it. */
const newest = '99999999';

function startOfWish(wish: GoWish): StartingGo {
  if (wish.kind === 'release') return { name: wish.release, version: goverOfToolchain(wish.release) };
  const minor =
    wish.kind === 'constraint' && /^\d+\.\d+$/.test(wish.constraint) ? wish.constraint : undefined;
  return { name: '', version: minor === undefined ? newest : `${minor}.${newest}` };
}

/** The development tree of a minor counts as its language version, as Go itself sees it. */
function startOfLocal({ goVersion }: LocalGo): StartingGo {
  const version = goverOfToolchain(goVersion) || (/^devel go(1\.\d+)/.exec(goVersion)?.[1] ?? '');
  return { name: goVersion, version };
}

/**
 * The Go that is started before it looks at GOTOOLCHAIN and go.mod: what a version file pins, else the local one. Of a wish that
 * several releases satisfy the newest is meant. Without any its version is empty, and everything is newer.
 */
export function startingGo(pin: Declaration | undefined, localGo: LocalGo | undefined): StartingGo {
  if (pin && pin.wish.kind !== 'local') return startOfWish(pin.wish);
  return localGo ? startOfLocal(localGo) : { name: '', version: '' };
}
