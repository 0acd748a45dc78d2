import { join } from 'node:path';
import type { Finding } from '@gofleet/base/finding';
import { exactGoVersion, parseGoConstraint } from '@gofleet/base/go-constraint';
import { renderGoVersion } from '@gofleet/base/go-version';
import { type Attestor, attestRelink } from '@gofleet/build/attest';
import type { BuildLimits } from '@gofleet/build/build-limits';
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
import { executableFiles, hashFile, inspectFile } from '@gofleet/filesystem/inspect-file';
import type { ProofRequest } from '@gofleet/process/relink';
import type { Context } from '../context.ts';

/** What `gofleet prove` answers; plain JSON. */
export type ProofResult = Pick<RelinkResult, 'original' | 'reproduction'>;

/** What `gofleet prove` was asked for. */
export interface ProveFileRequest extends RelinkChoices {
  readonly path: string;
  readonly limits: Partial<BuildLimits>;
}

/** What `gofleet relink` was asked for. */
export interface RelinkFileRequest extends ProveFileRequest {
  /** A version or a constraint. */
  readonly go: string;
  readonly minimumGrade: ReproductionGrade;
  /** Signs what was done. */
  readonly attestor: Attestor;
}

/** What `gofleet relink` answers; plain JSON. */
export interface AttestedRelink extends RelinkResult {
  readonly attestation: {
    readonly path: string;
    /** The public key's sha256. */
    readonly keyId: string;
  };
}

/** A file to be rebuilt. */
interface Program {
  readonly original: RelinkOriginal;
  /** Its build info text. */
  readonly buildInfo: string;
}

async function readProgram(path: string, { signal }: Context): Promise<Program> {
  const facts = await inspectFile(path);
  const original = relinkOriginalFromFacts(facts, await hashFile(path, signal));
  return { original, buildInfo: facts.buildInfo?.text ?? '' };
}

/** What rebuilding takes on this machine. */
async function proofRequestOf(
  original: RelinkOriginal,
  { path: file, limits }: ProveFileRequest,
  { progress, signal }: Context,
): Promise<ProofRequest> {
  const { findLocalGo } = await import('../local-go.ts');
  const { path, modCache, buildCache, moduleEnv } = await findLocalGo();
  return {
    ...{ original, file, files: executableFiles, limits, go: path, env: moduleEnv, signal },
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

/** From the store when it was built before, which takes neither network nor `go` command. */
async function findOrBuild(
  original: RelinkOriginal,
  request: RelinkFileRequest,
  context: Context,
): Promise<RelinkResult> {
  const { path: _path, go, minimumGrade, limits: _limits, attestor: _attestor, ...choices } = request;
  const onFinding = ({ message, code }: Finding): boolean => process.stderr.write(`${message} (${code})\n`);
  const store = createArtefactStore({ dir: join(cacheRoot(), 'store'), onFinding });
  const goVersion = await resolveTarget(go, context);
  const { recipeKey } = planRelink(original, goVersion, choices);
  const known = recipeKey === undefined ? undefined : await store.findBuild(recipeKey);
  if (known && reachesGrade(known.reproduction.grade, minimumGrade)) return known;
  const { relink } = await import('@gofleet/process/relink');
  const proof = await proofRequestOf(original, request, context);
  return relink({ ...choices, ...proof, goVersion, minimumGrade, store });
}

/**
 * A file relinked with another Go, and signed provenance of it.
 * @throws what `inspectFile`, `resolveGoVersion`, `relink` and `attestRelink` throw
 */
export async function relinkFile(request: RelinkFileRequest, context: Context): Promise<AttestedRelink> {
  const { attestor } = request;
  const { original, buildInfo } = await readProgram(request.path, context);
  const result = await findOrBuild(original, request, context);
  const { path } = await attestRelink(result, buildInfo, attestor);
  return { ...result, attestation: { path, keyId: attestor.key.keyId } };
}

/**
 * How well a file can be reproduced with its own Go release.
 * @throws what `inspectFile` and `proveOriginal` throw
 */
export async function proveFile(request: ProveFileRequest, context: Context): Promise<ProofResult> {
  const { path, limits: _, ...choices } = request;
  const { original } = await readProgram(path, context);
  planProof(original, choices);
  const { proveOriginal } = await import('@gofleet/process/relink');
  const reproduction = await proveOriginal({
    ...choices,
    ...(await proofRequestOf(original, request, context)),
  });
  return { original: summaryOf(original), reproduction };
}
