import { isGofleetError } from '@gofleet/base/errors';
import { type Agent, type Dispatcher, request as undiciRequest } from 'undici';
import { agentOf, type LivenessOptions } from './agent.ts';
import type { KubeConnection } from './kube-connection.ts';
import type { KubeList } from './kube-object.ts';
import { type RequestFacts, statusError, unreachableError } from './status-error.ts';
import { readWatchEvents, type WatchEvent } from './watch-stream.ts';

/** Query parameters; `undefined` ones are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** How a patch's body is to be understood; `apply` is server-side apply. */
export type PatchType = 'merge' | 'json' | 'apply' | 'strategic';

export interface PatchOptions {
  readonly type: PatchType;
  /** Required by `apply`. */
  readonly fieldManager?: string;
  /** Takes over fields that another manager owns; with `apply`. */
  readonly force?: boolean;
  readonly query?: Query;
}

export interface WatchOptions {
  readonly resourceVersion?: string;
  readonly query?: Query;
  readonly signal?: AbortSignal;
  /** Ends the stream after so long without a byte; default 3 min (bookmarks come each minute where there are objects). */
  readonly idleTimeoutMs?: number;
  /** Told when the server has begun to answer; events may come much later. */
  readonly onOpen?: () => void;
}

/**
 * A Kubernetes API client on paths (`/api/v1/namespaces/x/pods`), without generated types. Every method throws `kube.…` codes:
 * `not-found`, `conflict`, `already-exists`, `forbidden`, `unauthorized`, `invalid`, `gone`, `too-many-requests`, `unavailable`,
 * `unreachable`, `untrusted-server`; `facts` hold method, path, status and `retryAfterS`.
 */
export interface KubeClient {
  readonly connection: KubeConnection;
  get<T>(path: string, query?: Query): Promise<T>;
  /** A text answer: logs, or what a pod serves behind the API server's proxy. */
  getText(path: string, query?: Query): Promise<string>;
  /** An answer of any kind and length, as it comes. */
  getBytes(path: string): Promise<AsyncIterable<Uint8Array>>;
  /** All pages, 500 objects each. */
  list<T>(path: string, query?: Query): Promise<KubeList<T>>;
  create<T>(path: string, body: unknown, query?: Query): Promise<T>;
  update<T>(path: string, body: unknown, query?: Query): Promise<T>;
  delete<T>(path: string, body?: unknown): Promise<T>;
  patch<T>(path: string, body: unknown, options: PatchOptions): Promise<T>;
  /** Ends when the server closes the stream; throws `kube.gone` when the version is too old. Not restarted: see the reflector. */
  watch<T>(path: string, options?: WatchOptions): AsyncIterable<WatchEvent<T>>;
  close(): Promise<void>;
}

const patchTypes: Readonly<Record<PatchType, string>> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

interface Sent {
  readonly method: Dispatcher.HttpMethod;
  readonly path: string;
  readonly query?: Query;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal;
  readonly bodyTimeoutMs?: number;
}

const requestTimeoutMs = 60_000;
const pageSize = 500;

function renderQuery(query: Query = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}

function retryAfterOf(headers: Dispatcher.ResponseData['headers']): number | undefined {
  const seconds = Number(headers['retry-after']);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}

/** A body that breaks off is an API server that cannot be reached. */
async function* readBytes(
  body: AsyncIterable<Uint8Array>,
  request: RequestFacts,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) yield chunk;
  } catch (thrown) {
    throw unreachableError(request, thrown);
  }
}

class UndiciKubeClient implements KubeClient {
  readonly connection: KubeConnection;
  readonly #agent: Agent;

  constructor(connection: KubeConnection, liveness?: LivenessOptions) {
    this.connection = connection;
    this.#agent = agentOf(connection, liveness);
  }

  get<T>(path: string, query?: Query): Promise<T> {
    return this.#json<T>({ method: 'GET', path, ...(query === undefined ? {} : { query }) });
  }

  async getText(path: string, query?: Query): Promise<string> {
    const sent: Sent = { method: 'GET', path, accept: '*/*', ...(query === undefined ? {} : { query }) };
    const answer = await this.#send(sent);
    return answer.body.text();
  }

  async getBytes(path: string): Promise<AsyncIterable<Uint8Array>> {
    const { body } = await this.#send({ method: 'GET', path, accept: '*/*' });
    return readBytes(body, { method: 'GET', path });
  }

  async list<T>(path: string, query: Query = {}): Promise<KubeList<T>> {
    const items: T[] = [];
    let token: string | undefined;
    for (;;) {
      const page = await this.get<KubeList<T>>(path, { limit: pageSize, ...query, continue: token });
      items.push(...page.items);
      token = page.metadata.continue || undefined;
      if (token === undefined) return { metadata: page.metadata, items };
    }
  }

  create<T>(path: string, body: unknown, query?: Query): Promise<T> {
    return this.#json<T>({ method: 'POST', path, body, ...(query === undefined ? {} : { query }) });
  }

  update<T>(path: string, body: unknown, query?: Query): Promise<T> {
    return this.#json<T>({ method: 'PUT', path, body, ...(query === undefined ? {} : { query }) });
  }

  delete<T>(path: string, body?: unknown): Promise<T> {
    return this.#json<T>({ method: 'DELETE', path, ...(body === undefined ? {} : { body }) });
  }

  patch<T>(path: string, body: unknown, options: PatchOptions): Promise<T> {
    const { type, fieldManager, force, query } = options;
    return this.#json<T>({
      method: 'PATCH',
      path,
      body,
      contentType: patchTypes[type],
      query: { ...query, fieldManager, force: type === 'apply' ? (force ?? false) : undefined },
    });
  }

  async *watch<T>(path: string, options: WatchOptions = {}): AsyncGenerator<WatchEvent<T>> {
    const { resourceVersion, query, signal, idleTimeoutMs = 180_000, onOpen } = options;
    const request = { method: 'WATCH', path };
    const answer = await this.#send({
      method: 'GET',
      path,
      query: { ...query, watch: true, allowWatchBookmarks: true, resourceVersion },
      bodyTimeoutMs: idleTimeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
    onOpen?.();
    try {
      yield* readWatchEvents<T>(answer.body, request);
    } catch (thrown) {
      // A quiet stream may be a dead one: its end is an ordinary end, after which the caller watches again.
      if (signal?.aborted || (thrown as { code?: string }).code === 'UND_ERR_BODY_TIMEOUT') return;
      throw isGofleetError(thrown) ? thrown : unreachableError(request, thrown);
    } finally {
      answer.body.destroy();
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #json<T>(sent: Sent): Promise<T> {
    const answer = await this.#send(sent);
    try {
      return (await answer.body.json()) as T;
    } catch (cause) {
      throw unreachableError({ method: sent.method, path: sent.path }, cause);
    }
  }

  /** The answer of a request that succeeded; its body is still to be read. */
  async #send(sent: Sent): Promise<Dispatcher.ResponseData> {
    const request: RequestFacts = { method: sent.method, path: sent.path };
    const answer = await this.#dispatch(sent, request);
    if (answer.statusCode < 300) return answer;
    const body = await answer.body.text().catch(() => '');
    const retryAfterS = retryAfterOf(answer.headers);
    throw statusError(request, {
      status: answer.statusCode,
      body,
      ...(retryAfterS === undefined ? {} : { retryAfterS }),
    });
  }

  async #dispatch(sent: Sent, request: RequestFacts): Promise<Dispatcher.ResponseData> {
    const authorization = await this.connection.authorization();
    try {
      return await undiciRequest(`${this.connection.server}${sent.path}${renderQuery(sent.query)}`, {
        dispatcher: this.#agent,
        method: sent.method,
        headers: {
          accept: sent.accept ?? 'application/json',
          'user-agent': 'gofleet',
          ...(authorization === undefined ? {} : { authorization }),
          ...(sent.body === undefined ? {} : { 'content-type': sent.contentType ?? 'application/json' }),
        },
        body: sent.body === undefined ? null : JSON.stringify(sent.body),
        headersTimeout: requestTimeoutMs,
        bodyTimeout: sent.bodyTimeoutMs ?? requestTimeoutMs,
        ...(sent.signal === undefined ? {} : { signal: sent.signal }),
      });
    } catch (thrown) {
      throw unreachableError(request, thrown);
    }
  }
}

/** A client on one connection pool; close it when done. */
export function createKubeClient(connection: KubeConnection, liveness?: LivenessOptions): KubeClient {
  return new UndiciKubeClient(connection, liveness);
}
