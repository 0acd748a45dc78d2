import { GofleetError } from '@gofleet/base/errors';
import { qualifyRepository } from './docker-hub.ts';

/** What a reference to an image in a registry begins with. */
export const registryScheme = 'docker://';

/** Where an image lies in a registry. */
export interface ImageReference {
  /** Host, with a port when it has one. */
  readonly registry: string;
  readonly repository: string;
  /** A tag, or `sha256:…`. */
  readonly version: string;
  /** As it was written. */
  readonly text: string;
}

const host = '(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?';
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const tag = '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}';
const pattern = new RegExp(
  `^docker://(?<registry>${host})/(?<repository>${component}(?:/${component})*)(?::(?<tag>${tag}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$`,
);
const maxLength = 1024;

/** Whether a word names an image in a registry, rather than a file. */
export function isImageReference(word: string): boolean {
  return word.startsWith(registryScheme);
}

/** A registry is told from the beginning of a repository as container engines do it: by a dot or port, or as `localhost`. */
const isHost = (name: string): boolean => /[.:]/.test(name) || name === 'localhost';

/**
 * The image that `docker://REGISTRY/REPOSITORY[:TAG][@DIGEST]` names; the tag is `latest` when there is none, and a digest counts
 * more than a tag. On Docker Hub, `golang` is `library/golang`.
 * @throws `oci.usage`
 * @see https://github.com/distribution/reference/blob/main/reference.go "Grammar"
 */
export function parseImageReference(text: string): ImageReference {
  const groups = text.length <= maxLength ? pattern.exec(text)?.groups : undefined;
  const { registry = '', repository = '', tag: name = 'latest', digest } = groups ?? {};
  if (groups && isHost(registry))
    return {
      ...{ registry, repository: qualifyRepository(registry, repository) },
      ...{ version: digest ?? name, text },
    };
  throw new GofleetError(
    'oci.usage',
    `${text.slice(0, 200)}: expected docker://REGISTRY/REPOSITORY[:TAG][@sha256:…], with the registry's host name`,
  );
}

/**
 * Registry and repository of a reference; `undefined` for what does not name an image in a registry.
 * @throws `oci.usage`
 */
export function imageRepository(text: string): Pick<ImageReference, 'registry' | 'repository'> | undefined {
  return isImageReference(text) ? parseImageReference(text) : undefined;
}
