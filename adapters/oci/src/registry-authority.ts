import type { Bytes } from './byte-cursor.ts';
import type { Challenge } from './registry-challenge.ts';
import { type RegistryRequest, registryRefusal } from './registry-error.ts';
import { collectSmall } from './verified-bytes.ts';

/** A user's name and password, or what stands for them. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Who asks, and how tokens are fetched. */
export interface AuthorityOptions {
  readonly credentials: (repository: string) => Promise<Credentials | undefined>;
  /** Whether an address may be given the password: TLS, or this machine. */
  readonly isTrusted: (url: URL) => boolean;
  readonly fetch: (url: URL, headers: Readonly<Record<string, string>>) => Promise<Response>;
}

const basic = ({ user, password }: Credentials): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

function tokenUrl({ realm, service, scope }: Challenge & { scheme: 'bearer' }, wanted: string): URL {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', scope ?? wanted);
  return url;
}

/** Answers a registry's challenges, and remembers the answers by what they permit. */
export class RegistryAuthority {
  readonly #options: AuthorityOptions;
  readonly #known = new Map<string, string>();

  constructor(options: AuthorityOptions) {
    this.#options = options;
  }

  /** The `authorization` header for a scope (`repository:NAME:pull`), once one was asked for. */
  headerFor(scope: string): string | undefined {
    return this.#known.get(scope);
  }

  /**
   * Whether there is an answer to a challenge; {@link headerFor} has it then.
   * @throws `oci.registry-unauthorised`, `oci.registry-refused` when no token is given out
   */
  async answer(
    challenge: Challenge,
    { scope, repository }: { readonly scope: string; readonly repository: string },
    request: RegistryRequest,
  ): Promise<boolean> {
    const credentials = await this.#options.credentials(repository);
    const header =
      challenge.scheme === 'basic'
        ? credentials && basic(credentials)
        : `Bearer ${await this.#fetchToken(tokenUrl(challenge, scope), request, credentials)}`;
    if (header !== undefined) this.#known.set(scope, header);
    return header !== undefined;
  }

  async #fetchToken(url: URL, request: RegistryRequest, credentials?: Credentials): Promise<string> {
    const isGiven = credentials && this.#options.isTrusted(url);
    const response = await this.#options.fetch(url, isGiven ? { authorization: basic(credentials) } : {});
    const body = String(response.body ? await collectSmall(response.body as unknown as Bytes) : '');
    if (!response.ok) throw registryRefusal(request, { status: response.status, body });
    const { token, access_token: access } = JSON.parse(body) as { token?: string; access_token?: string };
    return token ?? access ?? '';
  }
}
