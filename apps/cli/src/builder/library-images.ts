import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import type { ArtefactStore } from '@gofleet/build/ports';
import type { LibrarySource } from '@gofleet/builder/library-keeper';
import { inspectDynamic } from '@gofleet/filesystem/inspect-dynamic';
import { inspectFileSync } from '@gofleet/filesystem/inspect-file';
import type { GoLibrary, LibgoSpec } from '@gofleet/inject/library';
import { dockerCredentials } from '@gofleet/oci/docker-credentials';
import { registryScheme } from '@gofleet/oci/image-reference';
import { findImageDigest, takeImageFile } from '@gofleet/oci/take-image-file';
import { buildPlatform } from './make-relink.ts';

/** Who asks registries, and where files lie meanwhile. */
export interface LibraryImagesOptions {
  readonly store: Pick<ArtefactStore, 'put'>;
  readonly dir: string;
  /** Docker's folder: what `docker login` left. */
  readonly dockerConfig: string;
  readonly signal: AbortSignal;
}

/** With all debugging information libgo has 110 MB. */
const maxBytes = 512 * 2 ** 20;

function notOfGo({ image, path }: LibgoSpec, what: string): GofleetError {
  return new GofleetError('builder.no-go-library', `${path} of ${image}: ${what}`, {
    facts: { image, path },
    hint: 'name libgo.so.N of gccgo, or a library that "go install -buildmode=shared" made',
  });
}

function goVersionOf(file: string): string | undefined {
  try {
    return inspectFileSync(file).goVersion;
  } catch (thrown) {
    if (!isGofleetError(thrown)) throw thrown;
    return undefined;
  }
}

function describe(file: string, wanted: LibgoSpec): Omit<GoLibrary, 'artefact' | 'sizeBytes'> {
  try {
    const { soname, arch, abiHash, compiler } = inspectDynamic(file);
    const isGccgo = /^libgo\.so\.\d+$/.test(soname);
    if (!isGccgo && abiHash === undefined)
      throw notOfGo(wanted, `it is ${soname || 'a file without a SONAME'}, and no library of the Go runtime`);
    const release = isGccgo ? compiler : goVersionOf(file);
    return {
      soname: soname === '' ? basename(wanted.path) : soname,
      arch,
      ...(release === undefined ? {} : { release }),
      ...(abiHash === undefined ? {} : { abiHash }),
    };
  } catch (thrown) {
    if (!isGofleetError(thrown) || !thrown.code.startsWith('identify.')) throw thrown;
    throw notOfGo(wanted, 'it is no shared library that can be read');
  }
}

/** `registry.example/team/libgo@sha256:…`. */
function withDigest(image: string, digest: string): string {
  return `${image.replace(/@.*$/, '').replace(/:[^/:]+$/, '')}@${digest}`;
}

/** What is missing is a login of the builder's, whoever reads of it. */
async function withLoginHint<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (thrown) {
    if (!isGofleetError(thrown) || thrown.code !== 'oci.registry-unauthorised') throw thrown;
    const { code, message, facts, retry } = thrown;
    const hint =
      'give the builder a login that may read it, as a dockerconfigjson Secret of gofleet-system: gofleet install --push-secret NAME';
    throw new GofleetError(code, message, { facts, retry, hint, cause: thrown });
  }
}

/**
 * Takes libraries of the Go runtime out of images, one file of each, into the store of a builder. It fails with `builder.no-go-library`
 * for other files, and with what `takeImageFile` and the store throw.
 */
export function libraryImages({ store, dir, dockerConfig, signal }: LibraryImagesOptions): LibrarySource {
  const access = { credentials: dockerCredentials(dockerConfig), signal };
  const platform = `${buildPlatform.os}/${buildPlatform.arch}`;
  const find = async (image: string): Promise<string> =>
    withDigest(image, await withLoginHint(findImageDigest(`${registryScheme}${image}`, access)));
  const fetch = async (wanted: LibgoSpec): Promise<GoLibrary> => {
    await mkdir(dir, { recursive: true });
    const work = await mkdtemp(join(dir, 'library-'));
    try {
      const [target, image] = [join(work, 'library.so'), `${registryScheme}${wanted.image}`];
      await withLoginHint(takeImageFile({ image, path: wanted.path, target, maxBytes, platform }, access));
      const described = describe(target, wanted);
      const { sha256, sizeBytes } = await store.put(target);
      return { artefact: sha256, sizeBytes, ...described };
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  };
  return { find, fetch };
}
