import { count, listMap, object, type Schema, sha256, text } from './schema.ts';

/** As kubelet reads the name of an image, with the registry's host. */
const image = {
  minLength: 1,
  maxLength: 500,
  pattern:
    '^(localhost|[a-zA-Z0-9-]+([.][a-zA-Z0-9-]+)+|[a-zA-Z0-9.-]+:[0-9]+|\\[[0-9a-fA-F:]+\\](:[0-9]+)?)(:[0-9]+)?/[a-z0-9]+([._/-]+[a-z0-9]+)*(:[A-Za-z0-9_][A-Za-z0-9._-]*)?(@sha256:[0-9a-f]{64})?$',
};

/** The schema of `LibgoSpec`. */
export const libgoSchema: Schema = {
  description:
    'The library of the Go runtime that mode libgo puts in the place of the one that programs run on.',
  ...object(
    {
      image: text(
        'The image that it is published in, with its registry: registry.example/team/libgo:12.3.',
        image,
      ),
      path: text('Its path in the image; links are followed.', {
        maxLength: 1024,
        pattern: '^(/[A-Za-z0-9_.,+@~-]+)+$',
      }),
    },
    ['image', 'path'],
  ),
};

/** The schema of `LibraryStatus`. */
export const libraryStatusSchema: Schema = {
  description: 'The library of a wish of mode libgo. Written by the builder.',
  ...object(
    {
      image: text('As the spec writes it.'),
      path: text('As the spec writes it.'),
      source: text('The image by its digest.'),
      artefact: sha256,
      sizeBytes: count,
      soname: text('The name that programs ask for it by.'),
      arch: text('Its processor.'),
      release: text('Who compiled it, as far as it says.'),
      abiHash: text('Of a library of -buildmode=shared.'),
      problem: text('Why there is none, or why it was not looked up again.'),
    },
    ['image', 'path'],
  ),
};

const texts: Schema = { type: 'array', items: text(), 'x-kubernetes-list-type': 'atomic' };

const check = object({ artefact: sha256, problems: texts, notes: texts }, ['artefact', 'problems']);

/** The schema of `ObservedLibrary`. */
export const observedLibrarySchema: Schema = {
  description:
    'A program of an image, the library of the Go runtime that it runs on, and which others fit. Written by nodes.',
  ...object(
    {
      image: text('As the spec of the pod writes it.'),
      imageId: text(),
      program: text('Resolved path of the program in the container.'),
      programSha256: text(),
      path: text('Resolved path of the library in the container.'),
      sha256: text("Of the image's own library."),
      soname: text(),
      checks: listMap(check, ['artefact']),
    },
    ['image', 'program'],
  ),
};

/** The schema of `LibraryFacts`. */
export const libraryFactsSchema: Schema = {
  description: 'The library of the Go runtime that the program has mapped.',
  ...object({ path: text(), sha256: text(), soname: text() }, ['path', 'sha256', 'soname']),
};
