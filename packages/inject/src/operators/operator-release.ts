/** A minor of a module that operators are built on. */
export interface ModuleRelease {
  /** `v0.21` */
  readonly minor: string;
  /** The lower of the `go` lines of its oldest and its newest release: every release of the minor needs at least this. */
  readonly go: string;
  /** The higher of them. */
  readonly newestGo: string;
}

/** What the released modules say of each other. */
export interface OperatorTable {
  /** Go supports its two newest minors. @see https://go.dev/doc/devel/release#policy */
  readonly newestGoMinor: number;
  /** `clientGo`: the minor that it requires, which is that of Kubernetes: v0.33 is 1.33. */
  readonly controllerRuntime: readonly (ModuleRelease & { readonly clientGo?: string })[];
  readonly clientGo: readonly ModuleRelease[];
  readonly operatorSdk: readonly {
    readonly minor: string;
    readonly go: string;
    readonly controllerRuntime: string;
  }[];
}
