/** The directories that an original was built in, as far as its file names them; absent under `-trimpath`. */
export interface BuildPaths {
  readonly goRoot?: string;
  readonly modCache?: string;
  /** Folder of the main module. */
  readonly module?: string;
}
