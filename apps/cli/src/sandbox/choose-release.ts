import { GofleetError } from '@gofleet/base/errors';
import type { DeclarationFiles } from '@gofleet/declare/ports';
import { resolveDeclaration } from '@gofleet/declare/resolve-declaration';
import { declarationFiles } from '@gofleet/filesystem/declaration-files';
import type { ShimTarget } from '@gofleet/resolve/shim/render-answer';
import { chooseGo } from '../shims/choose-go.ts';
import type { Volume } from './volume.ts';

/** Files of the volume, and no others: what lies above it must not decide, and is not to be read. */
function filesOf(volume: Volume): DeclarationFiles {
  const inVolume = (path: string): string | undefined => {
    try {
      return volume.find(path);
    } catch {
      return undefined;
    }
  };
  return {
    read: (path) => {
      const found = inVolume(path);
      return found === undefined ? undefined : declarationFiles.read(found);
    },
    list: (path) => {
      const found = inVolume(path);
      return found === undefined ? [] : declarationFiles.list(found);
    },
  };
}

/** What a choice depends on. */
export interface ReleaseQuestion {
  readonly volume: Volume;
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly releases: readonly ShimTarget[];
}

/**
 * The release that a directory's go.mod, go.work or version file asks for, among those that are given.
 * @throws `build.sandbox-no-release`
 */
export function chooseRelease({ volume, directory, env, releases }: ReleaseQuestion): ShimTarget {
  const newest = releases.at(-1);
  const localGo = newest && {
    ...{ goVersion: newest.version, goRoot: newest.goRoot, program: `${newest.goRoot}/bin/go` },
  };
  const resolution = resolveDeclaration(
    { directory, env, platform: process.platform, localGo },
    filesOf(volume),
  );
  const { target, missing } = chooseGo(resolution, { installed: releases, local: newest });
  if (target) return target;
  const error = resolution.findings.find(({ severity }) => severity === 'error');
  const has = releases.map(({ version }) => version).join(', ');
  const asks =
    missing === undefined ? (error?.message ?? 'no Go can be chosen') : `Go ${missing} is asked for`;
  const { place } = resolution.winner ?? {};
  const where = place === undefined ? '' : ` by ${place.file}:${place.line}`;
  throw new GofleetError('build.sandbox-no-release', `${asks}${where}; the sandbox has ${has}`, {
    facts: { directory },
    hint: 'give the sandbox that release, or ask for one that it has',
  });
}
