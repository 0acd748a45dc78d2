import { existsSync } from 'node:fs';
import type { Considered, Resolution } from '@gofleet/declare/declaration';
import { resolveDeclaration } from '@gofleet/declare/resolve-declaration';
import { declarationFiles } from '@gofleet/filesystem/declaration-files';
import { hostPlatform, listInstalledToolchains, toolchainsRoot } from '@gofleet/filesystem/toolchain-store';
import type { ShimTarget } from '@gofleet/resolve/shim/render-answer';
import { chooseGo, type MissingGo } from './choose-go.ts';
import { defaultGoFile } from './default-go.ts';
import { findStartedGo, type StartedGo } from './started-go.ts';

/** The Go of a directory, or what is missing, and why; with everything that the answer depends on. */
export interface GoAnswer {
  readonly resolution: Resolution;
  readonly target: ShimTarget | undefined;
  readonly missing: MissingGo | undefined;
  readonly reason:
    | (Pick<Considered, 'source' | 'because'> & {
        readonly file: string;
        readonly line: number;
        readonly text: string;
      })
    | undefined;
  /** Files that may change the answer. */
  readonly watched: Resolution['watched'];
  /** Whether the answer depends on PATH: on `program`, the Go that was found in it, or on all of it. */
  readonly path: { readonly program: string | undefined } | undefined;
}

function reasonOf({ winner }: Resolution, started: StartedGo): GoAnswer['reason'] {
  if (!winner) return undefined;
  const { source, because, place } = winner;
  const isDefault = source === 'local Go' && started.from === 'default' && started.file !== undefined;
  return {
    source,
    because,
    line: place.line,
    text: place.text.trim(),
    file: isDefault ? started.file : place.file,
  };
}

const watch = (path: string): Resolution['watched'][number] => ({ path, found: existsSync(path) });

/** A version file that names its release makes the answer independent of what else is installed. */
function isPinned({ considered }: Resolution): boolean {
  const sources: readonly string[] = ['mise', '.tool-versions', '.go-version'];
  return considered.some(({ source, wish }) => sources.includes(source) && wish.kind !== 'local');
}

/**
 * Which Go a directory's shims run.
 * @param directory absolute, as the shell names it: links are not followed
 */
export async function resolveGo(directory: string): Promise<GoAnswer> {
  const { os, arch } = hostPlatform();
  const installed = (await listInstalledToolchains()).filter(
    ({ platform }) => platform.os === os && platform.arch === arch,
  );
  const started = await findStartedGo(installed);
  const { GOROOT: _, ...env } = process.env;
  const resolution = resolveDeclaration(
    { directory, env, platform: process.platform, localGo: started.go },
    declarationFiles,
  );
  const targets = installed.map(({ goVersion, dir }) => ({ version: goVersion, goRoot: dir }));
  const local = started.go && { version: started.go.goVersion, goRoot: started.go.goRoot };
  const chosen = chooseGo(resolution, targets, local);
  const target = chosen && 'goRoot' in chosen ? chosen : undefined;
  const watched = [toolchainsRoot(), defaultGoFile(), ...(started.file === undefined ? [] : [started.file])];
  return {
    resolution,
    target,
    missing: chosen && !('goRoot' in chosen) ? chosen : undefined,
    reason: reasonOf(resolution, started),
    watched: [...resolution.watched, ...watched.map(watch)],
    path: isPinned(resolution) || started.from === 'default' ? undefined : { program: started.go?.program },
  };
}
