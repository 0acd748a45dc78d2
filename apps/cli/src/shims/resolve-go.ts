import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { Considered, Resolution } from '@gofleet/declare/declaration';
import { resolveDeclaration } from '@gofleet/declare/resolve-declaration';
import { pinFileNames } from '@gofleet/declare/version-files';
import { declarationFiles } from '@gofleet/filesystem/declaration-files';
import { toolchainsRoot } from '@gofleet/filesystem/toolchain-store';
import type { ShimTarget } from '@gofleet/resolve/shim/render-answer';
import { chooseGo, type GoChoice } from './choose-go.ts';
import { defaultGoFile } from './default-go.ts';
import { findStartedGo, listRunnableToolchains, type StartedGo } from './started-go.ts';

/** The Go of a directory, or what is missing, and why; with everything that the answer depends on. */
export interface GoAnswer {
  readonly resolution: Resolution;
  readonly target: ShimTarget | undefined;
  /** As `gofleet toolchain install` takes it. */
  readonly missing: string | undefined;
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

const isPin = (source: string): boolean => ['mise', '.tool-versions', '.go-version'].includes(source);

/** A version file that names its release makes the answer independent of PATH. */
function isPinned({ considered }: Resolution): boolean {
  return considered.some(({ source, wish }) => isPin(source) && wish.kind !== 'local');
}

/** Whether a version file is there that cannot be understood, and no other one counts: to run just any Go would hide it. */
function isPinBroken({ considered, findings }: Resolution): boolean {
  const names: readonly unknown[] = pinFileNames;
  const broken = findings.some(
    ({ severity, facts }) => severity === 'error' && names.includes(basename(`${facts?.file}`)),
  );
  return broken && !considered.some(({ source }) => isPin(source));
}

/** The Go that runs where nothing asks for another; `undefined` for a default that is not installed any more. */
function localTarget({ go, from }: StartedGo, installed: readonly ShimTarget[]): ShimTarget | undefined {
  const isGone = from === 'default' && !installed.some(({ version }) => version === go?.goVersion);
  return go && !isGone ? { version: go.goVersion, goRoot: go.goRoot } : undefined;
}

/**
 * Which Go a directory's shims run.
 * @param directory absolute, as the shell names it: links are not followed
 */
export async function resolveGo(directory: string): Promise<GoAnswer> {
  const installed = await listRunnableToolchains();
  const started = await findStartedGo(installed);
  const { GOROOT: _, ...env } = process.env;
  const resolution = resolveDeclaration(
    { directory, env, platform: process.platform, localGo: started.go },
    declarationFiles,
  );
  const targets = installed.map(({ goVersion, dir }) => ({ version: goVersion, goRoot: dir }));
  const local = localTarget(started, targets);
  const { target, missing }: GoChoice = isPinBroken(resolution)
    ? {}
    : chooseGo(resolution, { installed: targets, local });
  const watched = [toolchainsRoot(), defaultGoFile(), ...(started.file === undefined ? [] : [started.file])];
  return {
    resolution,
    target,
    missing,
    reason: reasonOf(resolution, started),
    watched: [...resolution.watched, ...watched.map(watch)],
    path: isPinned(resolution) || started.from === 'default' ? undefined : { program: started.go?.program },
  };
}
