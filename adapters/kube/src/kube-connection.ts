/** How an API server is reached and who is asking. */
export interface KubeConnection {
  /** `https://host:port`, with a path when the server is behind one. */
  readonly server: string;
  /** PEM. */
  readonly ca?: string;
  /** Expected name in the server's certificate, when it is not the host. */
  readonly serverName?: string;
  readonly insecureSkipVerify?: boolean;
  /** PEM. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string };
  /** Namespace of the context, or of the pod. */
  readonly namespace?: string;
  /** The value of the `authorization` header now; asked before every request, so that rotated tokens are taken. */
  authorization(): Promise<string | undefined>;
}
