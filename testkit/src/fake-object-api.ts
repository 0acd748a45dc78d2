import { isDeepStrictEqual } from 'node:util';
import { GofleetError } from '@gofleet/base/errors';
import type { KubeClient, PatchOptions, Query, WatchOptions } from '@gofleet/kube/client';
import type { KubeList, KubeObject } from '@gofleet/kube/kube-object';

interface Stored extends KubeObject {
  readonly spec?: unknown;
  readonly status?: unknown;
  /** Of Secrets and ConfigMaps. */
  readonly data?: unknown;
}

interface Event {
  readonly version: number;
  readonly path: string;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Stored;
}

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

function failure(code: string, path: string): GofleetError {
  return new GofleetError(`kube.${code}`, `${path}: ${code}`, {
    retry: code === 'conflict' ? 'later' : 'never',
  });
}

/**
 * Objects in memory behind the client of an API server: versions, generations, a status of its own, optimistic locking and watches, for
 * kinds with `spec` and `status`, or `data`. It passes the same contract as a real API server (`object-api-contract.ts`).
 */
export class FakeObjectApi
  implements Pick<KubeClient, 'get' | 'list' | 'pages' | 'create' | 'update' | 'delete' | 'patch' | 'watch'>
{
  readonly #objects = new Map<string, Stored>();
  readonly #events: Event[] = [];
  readonly #watchers = new Set<() => void>();
  #version = 0;
  /** Called before each write; may throw what an API server that is in trouble would answer. */
  beforeWrite: (path: string) => void = () => undefined;

  async get<T>(path: string): Promise<T> {
    return copy(this.#require(path)) as T;
  }

  async list<T>(path: string, _query?: Query): Promise<KubeList<T>> {
    const items = [...this.#objects]
      .filter(([key]) => key.startsWith(`${path}/`))
      .map(([, object]) => copy(object) as T);
    return { metadata: { resourceVersion: String(this.#version) }, items };
  }

  /** One page, however much there is. */
  async *pages<T>(path: string, query?: Query): AsyncGenerator<KubeList<T>> {
    yield await this.list<T>(path, query);
  }

  async create<T>(path: string, body: unknown): Promise<T> {
    this.beforeWrite(path);
    const object = body as Stored;
    const key = `${path}/${object.metadata.name}`;
    if (this.#objects.has(key)) throw failure('already-exists', key);
    return copy(this.#add(key, object)) as T;
  }

  async update<T>(path: string, body: unknown): Promise<T> {
    this.beforeWrite(path);
    const [key, isStatus] = splitStatus(path);
    const object = body as Stored;
    const known = this.#require(key);
    const { resourceVersion } = object.metadata;
    if (resourceVersion !== undefined && resourceVersion !== known.metadata.resourceVersion)
      throw failure('conflict', path);
    const { spec, data, status } = object;
    return copy(this.#replace(key, isStatus ? { status } : { spec, ...(data ? { data } : {}) })) as T;
  }

  async patch<T>(path: string, body: unknown, { type }: PatchOptions): Promise<T> {
    this.beforeWrite(path);
    const [key, isStatus] = splitStatus(path);
    const object = body as Stored;
    const change = isStatus ? { status: object.status } : { spec: object.spec };
    if (type !== 'apply') throw failure('unsupported', path);
    if (!this.#objects.has(key) && !isStatus) return copy(this.#add(key, object)) as T;
    return copy(this.#replace(key, change)) as T;
  }

  async delete<T>(path: string): Promise<T> {
    this.beforeWrite(path);
    const object = this.#require(path);
    this.#objects.delete(path);
    this.#emit('DELETED', path, object);
    return copy(object) as T;
  }

  async *watch<T>(
    path: string,
    options: WatchOptions = {},
  ): AsyncGenerator<{ type: Event['type']; object: T }> {
    let seen = Number(options.resourceVersion ?? this.#version);
    while (!options.signal?.aborted) {
      for (const event of this.#events.filter(
        (each) => each.version > seen && each.path.startsWith(`${path}/`),
      )) {
        seen = event.version;
        yield { type: event.type, object: copy(event.object) as T };
      }
      if (!this.#events.some((each) => each.version > seen && each.path.startsWith(`${path}/`)))
        await this.#changed(options.signal);
    }
  }

  #require(path: string): Stored {
    const object = this.#objects.get(path);
    if (!object) throw failure('not-found', path);
    return object;
  }

  #add(key: string, { metadata, status: _, ...object }: Stored): Stored {
    const uid = `uid-${this.#version + 1}`;
    const creationTimestamp = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const added = { ...object, metadata: { ...metadata, uid, creationTimestamp, generation: 1 } };
    return this.#put('ADDED', key, added);
  }

  #replace(key: string, change: Pick<Stored, 'spec' | 'status' | 'data'>): Stored {
    const known = this.#require(key);
    const changed = copy({ ...known, ...change });
    if (isDeepStrictEqual(changed, known)) return known;
    const { generation = 1 } = known.metadata;
    const next = isDeepStrictEqual(changed.spec, known.spec) ? generation : generation + 1;
    return this.#put('MODIFIED', key, { ...changed, metadata: { ...known.metadata, generation: next } });
  }

  #put(type: 'ADDED' | 'MODIFIED', key: string, object: Stored): Stored {
    const resourceVersion = String(this.#version + 1);
    const stored = copy({ ...object, metadata: { ...object.metadata, resourceVersion } });
    this.#objects.set(key, stored);
    this.#emit(type, key, stored);
    return stored;
  }

  #emit(type: Event['type'], path: string, object: Stored): void {
    this.#version += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.#version) };
    this.#events.push({ version: this.#version, path, type, object: { ...object, metadata } });
    for (const wake of this.#watchers) wake();
  }

  async #changed(signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#watchers.add(resolve);
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
    this.#watchers.clear();
  }
}

function splitStatus(path: string): [key: string, isStatus: boolean] {
  return path.endsWith('/status') ? [path.slice(0, -'/status'.length), true] : [path, false];
}
