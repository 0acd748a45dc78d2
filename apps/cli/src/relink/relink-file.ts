import { join } from 'node:path';
import type { Finding } from '@gofleet/base/finding';
import { exactGoVersion, parseGoConstraint } from '@gofleet/base/go-constraint';
import { renderGoVersion } from '@gofleet/base/go-version';
import { reachesGrade } from '@gofleet/build/grade';
import type { ArtefactStore } from '@gofleet/build/ports';
import {
  planRelink,
  type RelinkOriginal,
  type RelinkResult,
  type ReproductionGrade,
  relinkOriginalFromFacts,
} from '@gofleet/build/relink';
import { createArtefactStore } from '@gofleet/filesystem/artefact-store';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { executableFiles, hashFile, inspectFile } from '@gofleet/filesystem/inspect-file';
import type { Context } from '../context.ts';

/** What `gofleet relink` was asked for. */
export interface RelinkFileRequest {
  readonly path: string;
  /** A version or a constraint. */
  readonly go: string;
  readonly minimumGrade: ReproductionGrade;
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

async function build(
  original: RelinkOriginal,
  request: {
    readonly goVersion: string;
    readonly minimumGrade: ReproductionGrade;
    readonly store: ArtefactStore;
  },
  { progress, signal }: Context,
): Promise<RelinkResult> {
  const [{ findLocalGo }, { relink }] = await Promise.all([
    import('../local-go.ts'),
    import('@gofleet/process/relink'),
  ]);
  const { path, modCache, buildCache, moduleEnv } = await findLocalGo();
  return relink({
    ...request,
    original,
    files: executableFiles,
    go: path,
    dirs: { modCache, buildCache, work: join(cacheRoot(), 'work') },
    env: moduleEnv,
    onProgress: ({ step, message }) =>
      progress.report({ step, ...(message === undefined ? {} : { message }) }),
    signal,
  });
}

/**
 * A file relinked with another Go: from the store when it was built before, which takes neither network nor `go` command.
 * @throws what `inspectFile`, `resolveGoVersion` and `relink` throw
 */
export async function relinkFile(
  { path, go, minimumGrade }: RelinkFileRequest,
  context: Context,
): Promise<RelinkResult> {
  const onFinding = ({ message, code }: Finding): boolean => process.stderr.write(`${message} (${code})\n`);
  const store = createArtefactStore({ dir: join(cacheRoot(), 'store'), onFinding });
  const facts = await inspectFile(path);
  const original = relinkOriginalFromFacts(facts, await hashFile(path, context.signal));
  const goVersion = await resolveTarget(go, context);
  const known = await store.findBuild(planRelink(original, goVersion).recipeKey);
  if (known && reachesGrade(known.reproduction.grade, minimumGrade)) return known;
  return build(original, { goVersion, minimumGrade, store }, context);
}
