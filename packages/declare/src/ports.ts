/** Files as the chapter needs them. */
export interface DeclarationFiles {
  /**
   * The text of a file, links followed, with its byte order mark if it has one; `undefined` when there is none of that name, or a
   * directory.
   * @throws `declare.unreadable` when it is there and cannot be read
   */
  read(path: string): string | undefined;
  /** The names in a directory; none when it is not there or may not be read. */
  list(directory: string): readonly string[];
}

/** The `go` that PATH leads to. */
export interface LocalGo {
  /** As it names itself: `go1.26.8`, `devel go1.27-…`. */
  readonly goVersion: string;
  readonly goRoot: string;
  /** The path of the program. */
  readonly program: string;
}

/** The environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;
