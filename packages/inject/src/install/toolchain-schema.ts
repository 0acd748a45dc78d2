import { count, listMap, object, type Schema, text } from './schema.ts';

/** Comparisons and releases as `parseGoConstraint` reads them. */
export const constraintText = {
  minLength: 1,
  maxLength: 120,
  pattern:
    '^ *((>=|<=|!=|>|<|=)? *(go)?[0-9]{1,4}[.][0-9]{1,4}([.][0-9]{1,4})?((alpha|beta|rc)[0-9]{1,4})?[ ,]*)+$',
};

/** The schema of `ToolchainSpec`. */
export const toolchainSchema: Schema = {
  description: 'What mode toolchain gives to pods that execute go, besides the release of runtime.goVersion.',
  ...object({
    releases: {
      description: 'Further releases side by side, as runtime.goVersion is written.',
      type: 'array',
      maxItems: 16,
      items: text(undefined, constraintText),
      'x-kubernetes-list-type': 'set',
    },
    searchPath: text("PATH of the containers' image, when a node need not read it first.", {
      maxLength: 4096,
      pattern: '^/[^$]*$',
    }),
    goRoot: text('GOROOT of the image: the release of runtime.goVersion is mounted over it as well.', {
      maxLength: 256,
      pattern: '^(/[A-Za-z0-9_.+-]+)+$',
    }),
    cacheSizeLimit: text('The most that the build caches of a container may hold; default 4Gi.', {
      pattern: '^[0-9]{1,6}(Mi|Gi|Ti)$',
    }),
  }),
};

/** The schema of `ToolchainStatus`. */
export const toolchainStatusSchema: Schema = {
  description: 'The Go releases of a wish of mode toolchain, and of its sandbox. Written by the builder.',
  ...object({
    shim: text('sha256 of the program that stands for go and gofmt.'),
    releases: listMap(
      object(
        {
          requested: text('As the spec writes it.'),
          goVersion: text('The release that it means.'),
          artefact: text('sha256 of the toolchain module, a zip.'),
          arch: text("The processor that it runs on, in Go's words."),
          sizeBytes: count,
          h1: text('Of the module, as the checksum database has it.'),
          problem: text('Why there is none.'),
        },
        ['requested'],
      ),
      ['requested'],
    ),
  }),
};

/** The schema of `SearchPath`. */
export const searchPathSchema: Schema = {
  description: 'PATH that containers of an image begin with. Written by nodes.',
  ...object({ image: text(), imageId: text(), path: text() }, ['image']),
};

/** The schema of `ToolchainFacts`. */
export const toolchainFactsSchema: Schema = {
  description: 'What the main process sees of mounted Go releases.',
  ...object({
    mounts: {
      type: 'array',
      items: object({ path: text(), goVersion: text() }, ['path', 'goVersion']),
      'x-kubernetes-list-type': 'atomic',
    },
    searchPath: text('PATH that it began with.'),
  }),
};
