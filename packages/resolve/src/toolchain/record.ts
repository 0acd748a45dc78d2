import type { Platform } from '../platform.ts';

/** Where a toolchain came from. */
export interface ToolchainSource {
  /** `module`: through GOPROXY; `archive`: from an index of archives; `bundle`: our own file; `import`: a GOROOT that was there. */
  readonly kind: 'module' | 'archive' | 'bundle' | 'import';
  /** Address or path, without secrets. */
  readonly from: string;
}

/** Who vouches for the bytes. */
export type ToolchainProof =
  /** The h1 is in the checksum database `by`: signed tree head and inclusion proof were checked by us. */
  | { readonly kind: 'checksum-database'; readonly by: string }
  /** The sha256 is in the index at `by`, which is believed as far as its address is. */
  | { readonly kind: 'archive-index'; readonly by: string }
  /** Nobody: it was imported on the word of the person who did it, or comes from a single `file://` proxy. */
  | { readonly kind: 'none'; readonly by: string };

/** What is kept beside an installed toolchain. */
export interface ToolchainRecord {
  readonly goVersion: string;
  readonly platform: Platform;
  readonly source: ToolchainSource;
  readonly proof: ToolchainProof;
  /** Of the toolchain module: `h1:` and base64. Absent where no module of the release exists. */
  readonly h1?: string;
  /** Of the zip, archive or bundle member that arrived, in hexadecimal; absent for an imported tree. */
  readonly sha256?: string;
  /** RFC 3339. */
  readonly installedAt: string;
  /** sha256 of the list of files, in hexadecimal. */
  readonly filesSha256: string;
  readonly sizeBytes: number;
}
