import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { extractFiles, type WantedFile } from '@gofleet/oci/extract-files';
import type { ArchiveFind } from '@gofleet/oci/inspect-archive';
import { isImageReference } from '@gofleet/oci/inspect-registry';
import type { RegistryOptions } from '@gofleet/oci/registry-client';
import { scanRegistryImage } from '../scan/scan-registry.ts';

/** An image, and how it is read. */
export interface ImagePlace {
  /** `docker://…`, an archive, or the directory of an OCI layout. */
  readonly image: string;
  readonly platform: string;
  readonly plainHttp: boolean;
  readonly access: RegistryOptions;
  readonly signal: AbortSignal;
}

/** A Go program of an image, copied to this machine. */
export interface ImageProgram {
  /** In the image. */
  readonly path: string;
  readonly file: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The Go programs of an image. */
export interface CopiedPrograms {
  readonly programs: readonly ImageProgram[];
  /** What looks like a Go program and cannot be read. */
  readonly unreadable: readonly { readonly path: string; readonly error: GofleetError }[];
}

async function listFinds({ image, platform, plainHttp, signal }: ImagePlace): Promise<ArchiveFind[]> {
  if (isImageReference(image)) return scanRegistryImage(image, { platform, plainHttp, signal });
  const { inspectArchive, inspectLayout } = await import('@gofleet/oci/inspect-archive');
  const found = await stat(image).catch((cause: unknown) => {
    throw new GofleetError('cli.no-image', `${image}: no such file or directory`, {
      ...{ facts: { image }, cause },
      hint: 'an image is docker://REGISTRY/REPOSITORY:TAG, an archive, or the directory of an OCI layout',
    });
  });
  if (found.isDirectory()) return inspectLayout(image, { signal });
  return (await inspectArchive(image, { signal })) ?? [];
}

type ImageFind = ArchiveFind & { readonly image: NonNullable<ArchiveFind['image']> };

/** A program that can be rebuilt in principle, rather than one of gccgo or without build info. */
function isRebuildable(find: ArchiveFind): find is ImageFind {
  const { found, image } = find;
  return image !== undefined && !isGofleetError(found) && found.compiler === 'gc' && !!found.buildInfo?.text;
}

/** @throws `cli.several-images` */
function requireOneImage(image: string, finds: readonly ImageFind[]): void {
  const names = [...new Set(finds.map((find) => find.image.reference ?? 'one without a name'))];
  const entrypoints = new Set(finds.map((find) => find.image.entrypoint.join(' ')));
  if (names.length <= 1 && entrypoints.size <= 1) return;
  const [count, which] = [Math.max(names.length, entrypoints.size), names.join(', ')];
  throw new GofleetError('cli.several-images', `${image}: expected one image, found ${count}: ${which}`, {
    facts: { image },
    hint: 'save each image to a file of its own',
  });
}

/**
 * Copies the Go programs of an image into a directory.
 * @throws `cli.no-image`, `cli.several-images`, `cli.no-programs`, and what reading an image throws
 */
export async function copyPrograms(place: ImagePlace, directory: string): Promise<CopiedPrograms> {
  const { image, access } = place;
  const finds = await listFinds(place);
  const unreadable = finds.flatMap(({ path, found }) =>
    isGofleetError(found) ? [{ path, error: found }] : [],
  );
  // A layer that cannot be read may hold, or take away, any program.
  const broken = unreadable.find(({ error }) => error.code.startsWith('oci.'));
  if (broken) throw broken.error;
  const programs = finds.filter(isRebuildable);
  requireOneImage(image, programs);
  if (programs.length === 0) {
    throw new GofleetError('cli.no-programs', `${image}: no Go program with build info is in it`, {
      facts: { image },
      hint: 'see what is in it: gofleet scan',
    });
  }
  const targetOf = (index: number): string => join(directory, `program-${index}`);
  const wanted = programs.map(({ path, image: { layer } }, index): WantedFile => {
    return { layer, path, target: targetOf(index) };
  });
  await extractFiles(image, wanted, access);
  return {
    programs: programs.map(({ path, image: { labels } }, index) => ({ path, file: targetOf(index), labels })),
    unreadable,
  };
}
