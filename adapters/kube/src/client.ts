import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { isGofleetError } from '@gofleet/base/errors';
import type { KubeConnection } from './kube-connection.ts';
import type { KubeList } from './kube-object.ts';
import { type RequestFacts, statusError, unreachableError } from './status-error.ts';
import { createTransport, quietCode, type Transport } from './transport.ts';
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
  /** Ends the stream after so long without a byte; default 30 s: where nothing happens it is begun anew. */
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
  /** All pages at once. */
  list<T>(path: string, query?: Query): Promise<KubeList<T>>;
  /** A collection page by page, {@link pageSize} objects each, for who keeps less of them than all. */
  pages<T>(path: string, query?: Query): AsyncIterable<KubeList<T>>;
  create<T>(path: string, body: unknown, query?: Query): Promise<T>;
  update<T>(path: string, body: unknown, query?: Query): Promise<T>;
  /** Of a collection, as many objects as the query's `limit`. */
  delete<T>(path: string, body?: unknown, query?: Query): Promise<T>;
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

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query?: Query;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal;
  readonly quietMs?: number;
}

/** Connections may stay open and say nothing; the API server itself gives a request up after a minute. */
const requestQuietMs = 15_000;
/** A page is parsed as a whole: of pods of usual size it takes some 5 MB while it is. */
const pageSize = 250;

function renderQuery(query: Query = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}

function retryAfterOf({ headers }: IncomingMessage): number | undefined {
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

class HttpKubeClient implements KubeClient {
  readonly connection: KubeConnection;
  readonly #transport: Transport;

  constructor(connection: KubeConnection) {
    this.connection = connection;
    this.#transport = createTransport(connection);
  }

  get<T>(path: string, query?: Query): Promise<T> {
    return this.#json<T>({ method: 'GET', path, ...(query === undefined ? {} : { query }) });
  }

  async getText(path: string, query?: Query): Promise<string> {
    return this.#text({ method: 'GET', path, accept: '*/*', ...(query === undefined ? {} : { query }) });
  }

  async getBytes(path: string): Promise<AsyncIterable<Uint8Array>> {
    const answer = await this.#ask({ method: 'GET', path, accept: '*/*' });
    return readBytes(answer, { method: 'GET', path });
  }

  async list<T>(path: string, query: Query = {}): Promise<KubeList<T>> {
    const items: T[] = [];
    let metadata = {};
    for await (const page of this.pages<T>(path, query)) {
      items.push(...page.items);
      metadata = page.metadata;
    }
    return { metadata, items };
  }

  async *pages<T>(path: string, query: Query = {}): AsyncGenerator<KubeList<T>> {
    let token: string | undefined;
    do {
      const page = await this.get<KubeList<T>>(path, { limit: pageSize, ...query, continue: token });
      token = page.metadata.continue || undefined;
      yield page;
    } while (token !== undefined);
  }

  create<T>(path: string, body: unknown, query?: Query): Promise<T> {
    return this.#json<T>({ method: 'POST', path, body, ...(query === undefined ? {} : { query }) });
  }

  update<T>(path: string, body: unknown, query?: Query): Promise<T> {
    return this.#json<T>({ method: 'PUT', path, body, ...(query === undefined ? {} : { query }) });
  }

  delete<T>(path: string, body?: unknown, query?: Query): Promise<T> {
    return this.#json<T>({
      ...{ method: 'DELETE', path },
      ...(body === undefined ? {} : { body }),
      ...(query === undefined ? {} : { query }),
    });
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
    const { resourceVersion, query, signal, idleTimeoutMs = 30_000, onOpen } = options;
    const request = { method: 'WATCH', path };
    const answer = await this.#ask({
      method: 'GET',
      path,
      query: { ...query, watch: true, allowWatchBookmarks: true, resourceVersion },
      quietMs: idleTimeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
    onOpen?.();
    try {
      yield* readWatchEvents<T>(answer, request);
    } catch (thrown) {
      // A quiet stream may be a dead one: its end is an ordinary end, after which the caller watches again.
      if (signal?.aborted || (thrown as { code?: string }).code === quietCode) return;
      throw isGofleetError(thrown) ? thrown : unreachableError(request, thrown);
    } finally {
      answer.destroy();
    }
  }

  async close(): Promise<void> {
    this.#transport.close();
  }

  async #json<T>(asked: Asked): Promise<T> {
    const body = await this.#text(asked);
    try {
      return JSON.parse(body) as T;
    } catch (cause) {
      throw unreachableError({ method: asked.method, path: asked.path }, cause);
    }
  }

  async #text(asked: Asked): Promise<string> {
    const answer = await this.#ask(asked);
    try {
      return await text(answer);
    } catch (cause) {
      throw unreachableError({ method: asked.method, path: asked.path }, cause);
    }
  }

  /** The answer of a request that succeeded; its body is still to be read. */
  async #ask(asked: Asked): Promise<IncomingMessage> {
    const request: RequestFacts = { method: asked.method, path: asked.path };
    const answer = await this.#send(asked, request);
    const { statusCode: status = 0 } = answer;
    if (status < 300) return answer;
    const body = await text(answer).catch(() => '');
    const retryAfterS = retryAfterOf(answer);
    throw statusError(request, { status, body, ...(retryAfterS === undefined ? {} : { retryAfterS }) });
  }

  async #send(asked: Asked, request: RequestFacts): Promise<IncomingMessage> {
    const authorization = await this.connection.authorization();
    const {
      method,
      path,
      query,
      body,
      accept = 'application/json',
      signal,
      quietMs = requestQuietMs,
    } = asked;
    const contentType = asked.contentType ?? 'application/json';
    try {
      return await this.#transport.send({
        ...{ method, path: `${path}${renderQuery(query)}`, quietMs },
        headers: {
          ...{ accept, 'user-agent': 'gofleet' },
          ...(authorization === undefined ? {} : { authorization }),
          ...(body === undefined ? {} : { 'content-type': contentType }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (thrown) {
      throw isGofleetError(thrown) ? thrown : unreachableError(request, thrown);
    }
  }
}

/** A client on one connection pool; close it when done. */
export function createKubeClient(connection: KubeConnection): KubeClient {
  return new HttpKubeClient(connection);
}
