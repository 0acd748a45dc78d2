import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorToJson, type GofleetError, isGofleetError } from '@gofleet/base/errors';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { findSubject } from '@gofleet/oci/image-subject';
import type { Context } from '../context.ts';
import { type CopiedPrograms, copyPrograms, type ImagePlace } from './image-programs.ts';
import { openPublisher, type PublishChoice, type Published } from './publish-programs.ts';
import { type AttestedRelink, type RelinkFileRequest, relinkFile } from './relink-file.ts';

/** What `gofleet relink --image` was asked for. */
export interface RelinkImageRequest
  extends Omit<RelinkFileRequest, 'path' | 'labels' | 'given'>,
    PublishChoice,
    ImagePlace {}

/** A program of an image that was relinked. */
export interface RelinkedProgram extends AttestedRelink {
  /** In the image. */
  readonly path: string;
}

/** A program of an image that could not be. */
export interface ProgramFailure {
  readonly path: string;
  readonly error: ReturnType<typeof errorToJson>;
}

/** What `gofleet relink --image` answers; plain JSON. */
export interface RelinkedImage {
  readonly image: string;
  /** `sha256:…` of the image's manifest, where it has one. */
  readonly digest?: string;
  readonly programs: readonly RelinkedProgram[];
  readonly failures: readonly ProgramFailure[];
  readonly published?: Published;
}

/** Failures that the other programs would meet as well. */
const ofAll = new Set(['build.disk-full', 'build.store-failed', 'build.proxy-unreachable']);

const isOfOne = (thrown: unknown): thrown is GofleetError =>
  isGofleetError(thrown) && /^(?:build|identify)\./.test(thrown.code) && !ofAll.has(thrown.code);

async function relinkPrograms(
  { programs, unreadable }: CopiedPrograms,
  request: RelinkImageRequest,
  context: Context,
): Promise<Pick<RelinkedImage, 'programs' | 'failures'>> {
  const done: RelinkedProgram[] = [];
  const failures = unreadable.map(({ path, error }) => ({ path, error: errorToJson(error) }));
  for (const { path, file, labels } of programs) {
    context.progress.report({ step: `relinking ${path}` });
    try {
      done.push({ path, ...(await relinkFile({ ...request, path: file, labels }, context)) });
    } catch (thrown) {
      if (!isOfOne(thrown)) throw thrown;
      failures.push({ path, error: errorToJson(thrown) });
    }
  }
  return { programs: done, failures };
}

async function withDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const parent = join(cacheRoot(), 'work');
  await mkdir(parent, { recursive: true });
  const directory = await mkdtemp(join(parent, 'relink-'));
  try {
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * Every Go program of an image proved and relinked; those that could be are published together.
 * @throws what `openPublisher`, `copyPrograms`, `resolveGoVersion` and `findSubject` throw
 */
export async function relinkImage(request: RelinkImageRequest, context: Context): Promise<RelinkedImage> {
  const { image, platform, access } = request;
  context.progress.report({ step: `reading ${image}` });
  const subject = await findSubject(image, { ...access, platform });
  const publisher = await openPublisher(request);
  const relinked = await withDirectory(async (directory) =>
    relinkPrograms(await copyPrograms(request, directory), request, context),
  );
  const digest = subject === undefined ? {} : { digest: subject.digest };
  if (relinked.programs.length === 0 || !publisher) return { image, ...digest, ...relinked };
  context.progress.report({ step: 'publishing' });
  return { image, ...digest, ...relinked, published: await publisher(relinked.programs, subject) };
}
