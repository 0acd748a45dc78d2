import { setTimeout as sleep } from 'node:timers/promises';
import { isGofleetError } from '@gofleet/base/errors';
import type { Bytes } from './byte-cursor.ts';
import { apiHostOf } from './docker-hub.ts';
import { type Credentials, RegistryAuthority } from './registry-authority.ts';
import { type Challenge, parseChallenge } from './registry-challenge.ts';
import { registryRefusal, registryUnreachable } from './registry-error.ts';
import { collectSmall, digestMismatch, digestOf, verified } from './verified-bytes.ts';

/** How a registry is talked to. */
export interface RegistryOptions {
  /** Who asks for a repository; `undefined` for anybody. */
  readonly credentials?: (registry: string, repository: string) => Promise<Credentials | undefined>;
  /** Talks without TLS to a registry that is not on this machine. */
  readonly plainHttp?: boolean;
  readonly signal?: AbortSignal;
}

/** What `fetch` takes as a body. */
export type RequestBody = NonNullable<RequestInit['body']>;

/** A request as the client sends it; bodies are made anew for every attempt. */
export interface RegistryCall {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  /** Below `/v2/`, or a whole address that the registry gave. */
  readonly path: string;
  readonly repository: string;
  readonly actions: 'pull' | 'pull,push';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: () => RequestBody;
}

/** A manifest or an index, as it was sent. */
export interface StoredManifest {
  readonly digest: string;
  readonly bytes: Buffer;
}

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

const answerTimeoutMs = 30_000;
const attempts = 4;
const maxDelayMs = 30_000;

const isLoopback = (host: string): boolean => /^(localhost|127(\.[0-9]+){3}|\[::1\])$/.test(host);

/** How long to wait before the next attempt; what the registry asks for, within reason. */
function delayOf(attempt: number, retryAfter: string | null): number {
  const asked = Number(retryAfter ?? Number.NaN) * 1000;
  return Math.min(maxDelayMs, Number.isFinite(asked) && asked >= 0 ? asked : 250 * 4 ** attempt);
}

const isPassing = (status: number): boolean => status === 429 || (status >= 500 && status !== 501);

/**
 * A container registry. Every method throws `oci.registry-unreachable`, `oci.registry-unauthorised`, `oci.not-in-registry`,
 * `oci.registry-refused`.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md (1.1)
 */
export class RegistryClient {
  readonly registry: string;
  readonly #base: string;
  readonly #options: RegistryOptions;
  readonly #authority: RegistryAuthority;

  /** @param registry - host, with a port when it has one */
  constructor(registry: string, options: RegistryOptions = {}) {
    this.registry = registry;
    this.#options = options;
    const isPlain = options.plainHttp || isLoopback(registry.replace(/:[0-9]+$/, ''));
    this.#base = `${isPlain ? 'http' : 'https'}://${apiHostOf(registry)}/v2/`;
    this.#authority = new RegistryAuthority({
      credentials: async (repository) => await options.credentials?.(registry, repository),
      isTrusted: ({ protocol, hostname }) =>
        protocol === 'https:' || options.plainHttp === true || isLoopback(hostname),
      fetch: (url, headers) => this.#fetch(url, { headers }),
    });
  }

  /**
   * The manifest or index of a tag or digest.
   * @throws `oci.digest-mismatch`, `oci.malformed-manifest` besides
   */
  async manifest(repository: string, version: string): Promise<StoredManifest> {
    const path = `${repository}/manifests/${version}`;
    const headers = { accept: manifestTypes };
    const response = await this.call({ method: 'GET', path, repository, actions: 'pull', headers });
    const bytes = await collectSmall(this.#bodyOf(response, path));
    const digest = digestOf(bytes);
    if (version.startsWith('sha256:') && version !== digest) throw digestMismatch(version, digest);
    return { digest, bytes };
  }

  /** The bytes of a blob; the end of the stream throws `oci.digest-mismatch` when they are not what the digest names. */
  async *blob(repository: string, digest: string): AsyncGenerator<Uint8Array> {
    const path = `${repository}/blobs/${digest}`;
    const response = await this.call({ method: 'GET', path, repository, actions: 'pull' });
    yield* verified(this.#bodyOf(response, path), digest);
  }

  /**
   * A small blob as a whole.
   * @throws `oci.digest-mismatch`, `oci.malformed-manifest` besides
   */
  async smallBlob(repository: string, digest: string): Promise<Buffer> {
    return await collectSmall(this.blob(repository, digest));
  }

  /** The answer to a request that succeeded; asked for a login it logs in, turned away for the moment it comes again. */
  async call(call: RegistryCall): Promise<Response> {
    const scope = `repository:${call.repository}:${call.actions}`;
    const request = { registry: this.registry, method: call.method, path: call.path };
    let isAnswered = false;
    for (let attempt = 0; ; attempt++) {
      const response = await this.#attempt(call, scope, attempt);
      if (response === undefined) continue;
      if (response.ok) return response;
      const challenge = this.#challengeOf(response);
      const body = String(await collectSmall(this.#bodyOf(response, call.path)).catch(() => ''));
      if (challenge && !isAnswered) {
        isAnswered = await this.#authority
          .answer(challenge, { ...call, scope }, request)
          .catch((thrown: unknown) => {
            this.#options.signal?.throwIfAborted();
            throw isGofleetError(thrown) ? thrown : registryUnreachable(request, thrown);
          });
        if (isAnswered) continue;
      }
      if (!isPassing(response.status) || attempt >= attempts - 1)
        throw registryRefusal(request, { status: response.status, body });
      await this.#wait(delayOf(attempt, response.headers.get('retry-after')));
    }
  }

  /** The answer; `undefined` when none came and trying again may help. */
  async #attempt(call: RegistryCall, scope: string, attempt: number): Promise<Response | undefined> {
    const url = new URL(call.path, this.#base);
    const authorization = this.#isOwn(url) ? this.#authority.headerFor(scope) : undefined;
    try {
      return await this.#fetch(url, {
        method: call.method,
        headers: { ...call.headers, ...(authorization === undefined ? {} : { authorization }) },
        ...(call.body === undefined ? {} : { body: call.body(), duplex: 'half' }),
      });
    } catch (thrown) {
      this.#options.signal?.throwIfAborted();
      const request = { registry: this.registry, method: call.method, path: call.path };
      if (attempt > 0) throw registryUnreachable(request, thrown);
      await this.#wait(delayOf(attempt, null));
      return undefined;
    }
  }

  /** Redirects and uploads may lead elsewhere, and the login is not for there. */
  #isOwn(url: string | URL): boolean {
    return new URL(url).origin === new URL(this.#base).origin;
  }

  /** What the registry itself asks for before it answers. */
  #challengeOf({ status, url, headers }: Response): Challenge | undefined {
    if (status !== 401 || !this.#isOwn(url)) return undefined;
    return parseChallenge(headers.get('www-authenticate') ?? '');
  }

  async #wait(delayMs: number): Promise<void> {
    const { signal } = this.#options;
    await sleep(delayMs, undefined, signal ? { signal } : {});
  }

  /** The timeout is for the beginning of the answer; layers may take their time. */
  async #fetch(url: URL, init: RequestInit): Promise<Response> {
    const { signal } = this.#options;
    const beginning = new AbortController();
    const timer = setTimeout(
      () => beginning.abort(new DOMException('no answer in time', 'TimeoutError')),
      answerTimeoutMs,
    );
    try {
      return await fetch(url, {
        ...init,
        headers: { 'user-agent': 'gofleet', ...(init.headers as Record<string, string>) },
        signal: signal ? AbortSignal.any([signal, beginning.signal]) : beginning.signal,
      });
    } finally {
      clearTimeout(timer);
    }
  }

  async *#bodyOf(response: Response, path: string): AsyncGenerator<Uint8Array> {
    try {
      if (response.body) yield* response.body as unknown as Bytes;
    } catch (thrown) {
      this.#options.signal?.throwIfAborted();
      throw registryUnreachable({ registry: this.registry, method: 'GET', path }, thrown);
    }
  }
}
