import { join } from 'node:path';
import type { Finding } from '@gofleet/base/finding';
import { exactGoVersion, parseGoConstraint } from '@gofleet/base/go-constraint';
import { renderGoVersion } from '@gofleet/base/go-version';
import { reachesGrade } from '@gofleet/build/grade';
import {
  planProof,
  planRelink,
  type RelinkChoices,
  type RelinkOriginal,
  type RelinkResult,
  type ReproductionGrade,
  relinkOriginalFromFacts,
  summaryOf,
} from '@gofleet/build/relink';
import { createArtefactStore } from '@gofleet/filesystem/artefact-store';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { FileDigests } from '@gofleet/filesystem/file-digests';
import { executableFiles, inspectFile } from '@gofleet/filesystem/inspect-file';
import type { ProofRequest } from '@gofleet/process/relink';
import type { Context } from '../context.ts';

/** What `gofleet prove` answers; plain JSON. */
export type ProofResult = Pick<RelinkResult, 'original' | 'reproduction'>;

/** What `gofleet relink` was asked for. */
export interface RelinkFileRequest extends RelinkChoices {
  readonly path: string;
  /** A version or a constraint. */
  readonly go: string;
  readonly minimumGrade: ReproductionGrade;
}

async function originalOf(path: string, { signal }: Context): Promise<RelinkOriginal> {
  const digests = new FileDigests(join(cacheRoot(), 'digests'));
  return relinkOriginalFromFacts(await inspectFile(path), await digests.hash(path, signal));
}

/** What rebuilding takes on this machine. */
async function proofRequestOf(
  original: RelinkOriginal,
  file: string,
  { progress, signal }: Context,
): Promise<ProofRequest> {
  const { findLocalGo } = await import('../local-go.ts');
  const { path, modCache, buildCache, moduleEnv } = await findLocalGo();
  return {
    ...{ original, file, files: executableFiles, go: path, env: moduleEnv, signal },
    dirs: { modCache, buildCache, work: join(cacheRoot(), 'work') },
    onProgress: ({ step, message }) =>
      progress.report({ step, ...(message === undefined ? {} : { message }) }),
  };
}

/** An exact version needs nobody's answer: the build proves that it is there. */
async function resolveTarget(go: string, { progress, signal }: Context): Promise<string> {
  const exact = exactGoVersion(parseGoConstraint(go));
  if (exact) return renderGoVersion(exact);
  progress.report({ step: `asking which Go release ${go} is` });
  const [{ findLocalGo }, { createGoProxyClient }, { resolveGoVersion }] = await Promise.all([
    import('../local-go.ts'),
    import('@gofleet/http/goproxy-client'),
    import('@gofleet/http/resolve-go-version'),
  ]);
  const client = createGoProxyClient({ goproxy: (await findLocalGo()).goproxy });
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  return (await resolveGoVersion(go, { client, os: process.platform, arch, signal })).goVersion;
}

/**
 * A file relinked with another Go: from the store when it was built before, which takes neither network nor `go` command.
 * @throws what `inspectFile`, `resolveGoVersion` and `relink` throw
 */
export async function relinkFile(request: RelinkFileRequest, context: Context): Promise<RelinkResult> {
  const { path, go, minimumGrade, ...choices } = request;
  const onFinding = ({ message, code }: Finding): boolean => process.stderr.write(`${message} (${code})\n`);
  const store = createArtefactStore({ dir: join(cacheRoot(), 'store'), onFinding });
  const original = await originalOf(path, context);
  const goVersion = await resolveTarget(go, context);
  const { recipeKey } = planRelink(original, goVersion, choices);
  const known = recipeKey === undefined ? undefined : await store.findBuild(recipeKey);
  if (known && reachesGrade(known.reproduction.grade, minimumGrade)) return known;
  const { relink } = await import('@gofleet/process/relink');
  return relink({
    ...choices,
    ...(await proofRequestOf(original, path, context)),
    goVersion,
    minimumGrade,
    store,
  });
}

/**
 * How well a file can be reproduced with its own Go release.
 * @throws what `inspectFile` and `proveOriginal` throw
 */
export async function proveFile(
  path: string,
  choices: RelinkChoices,
  context: Context,
): Promise<ProofResult> {
  const original = await originalOf(path, context);
  planProof(original, choices);
  const { proveOriginal } = await import('@gofleet/process/relink');
  const reproduction = await proveOriginal({
    ...choices,
    ...(await proofRequestOf(original, path, context)),
  });
  return { original: summaryOf(original), reproduction };
}
