/** Which library mode `libgo` puts in the place of the one that programs run on. */
export interface LibgoSpec {
  /** The image that it is published in: `registry.example/team/libgo:12.3` or `…@sha256:…`. */
  readonly image: string;
  /** Its path in the image; links are followed. */
  readonly path: string;
}

/** A library of the Go runtime: libgo of gccgo, or one of `-buildmode=shared`. */
export interface GoLibrary {
  /** sha256 of the library. */
  readonly artefact: string;
  readonly sizeBytes: number;
  /** The name that programs ask for it by: `libgo.so.22`; of `-buildmode=shared`, the name of its file. */
  readonly soname: string;
  /** Its processor in Go's words. */
  readonly arch: string;
  /** Who compiled it, as far as it says: `GCC: (Debian 12.2.0-14) 12.2.0`, `go1.27.3`. */
  readonly release?: string;
  /** Of `-buildmode=shared`: 64 hexadecimal digits. */
  readonly abiHash?: string;
  /** The image that it came out of, by its digest: `registry.example/team/libgo@sha256:…`. */
  readonly source?: string;
}

/** What has become of the library that a wish names. Written by the builder. */
export interface LibraryStatus extends Partial<GoLibrary>, LibgoSpec {
  /** Why there is none; beside one, why the image was not looked up again. */
  readonly problem?: string;
}

/** Whether a library can take the place of the one that a program runs on. Keys: `artefact`. */
export interface LibraryCheck {
  /** sha256 of the library that was looked at. */
  readonly artefact: string;
  /** What stands against it, in words; nothing when it fits. */
  readonly problems: readonly string[];
  /** What may stand against it. */
  readonly notes?: readonly string[];
}

/**
 * A program of an image, the library of the Go runtime that it runs on, and which others fit, as a node found them. Keys: `image`,
 * `program`. Written by nodes, each entry by a field manager of its own, so that it outlives the pod that it was seen in.
 */
export interface ObservedLibrary {
  /** The image as the pod's spec writes it. */
  readonly image: string;
  readonly imageId: string;
  /** Resolved path of the program in the container. */
  readonly program: string;
  readonly programSha256: string;
  /** Resolved path of the library. */
  readonly path: string;
  /** Of the image's own library. */
  readonly sha256: string;
  /** As the program asks for it. */
  readonly soname: string;
  readonly checks?: readonly LibraryCheck[];
}

/** The library of the Go runtime that a process has mapped. */
export interface LibraryFacts {
  readonly path: string;
  readonly sha256: string;
  readonly soname: string;
}

/** A library for eyes, and the name of a wish for it: `libgo.so.21-1a2b3c4d5e6f`. */
export function libraryName({ soname, artefact }: Pick<GoLibrary, 'soname' | 'artefact'>): string {
  return `${soname}-${artefact.slice(0, 12)}`;
}
