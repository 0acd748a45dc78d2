import { deepStrictEqual, rejects, strictEqual } from 'node:assert/strict';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';

type Client = Pick<KubeClient, 'get' | 'list' | 'create' | 'update' | 'delete' | 'patch' | 'watch'>;

/** Where the contract is tried: a kind with a status of its own, and a valid object of it. */
export interface ContractSubject {
  readonly client: Client;
  /** The collection's path. */
  readonly path: string;
  /** A valid object of that name; two marks make two different `spec`s. */
  readonly make: (name: string, mark: number) => KubeObject;
  /** A valid status. */
  readonly status: (mark: number) => object;
}

interface Whole extends KubeObject {
  readonly spec: unknown;
  readonly status?: unknown;
}

const code =
  (...expected: readonly string[]) =>
  (thrown: unknown) =>
    expected.includes((thrown as { code: string }).code);
const asApplied = { type: 'apply', fieldManager: 'contract', force: true } as const;

/** What users of objects rely on, as cases that every implementation passes: the real API server, and the fake one. */
export const objectApiContract: readonly {
  readonly name: string;
  readonly run: (subject: ContractSubject) => Promise<void>;
}[] = [
  {
    name: 'applying creates, then changes the spec alone and counts generations',
    run: async ({ client, path, make, status }) => {
      const created = await client.patch<Whole>(`${path}/a`, make('a', 1), asApplied);
      strictEqual(created.metadata.generation, 1);
      const told = await client.update<Whole>(`${path}/a/status`, { ...created, status: status(1) });
      strictEqual(told.metadata.generation, 1);
      const changed = await client.patch<Whole>(`${path}/a`, make('a', 2), asApplied);
      strictEqual(changed.metadata.generation, 2);
      deepStrictEqual(changed.status, told.status);
      await client.delete(`${path}/a`);
      await rejects(client.get(`${path}/a`), code('kube.not-found'));
    },
  },
  {
    name: 'a status written on top of an old version is refused, by whichever change it is old',
    run: async ({ client, path, make, status }) => {
      const read = await client.create<Whole>(path, make('b', 1));
      await rejects(client.create(path, make('b', 1)), code('kube.already-exists'));
      const first = await client.update<Whole>(`${path}/b/status`, { ...read, status: status(1) });
      await rejects(client.update(`${path}/b/status`, { ...read, status: status(2) }), code('kube.conflict'));
      await client.patch(`${path}/b`, make('b', 2), asApplied);
      await rejects(
        client.update(`${path}/b/status`, { ...first, status: status(2) }),
        code('kube.conflict'),
      );
      const now = await client.get<Whole>(`${path}/b`);
      deepStrictEqual(now.status, first.status);
      await client.delete(`${path}/b`);
      // API servers differ: the object is not there, or the one that was read is another.
      await rejects(
        client.update(`${path}/b/status`, { ...now, status: status(2) }),
        code('kube.not-found', 'kube.conflict'),
      );
    },
  },
  {
    name: 'a watch tells what happened since a list, in order',
    run: async ({ client, path, make, status }) => {
      const { metadata } = await client.list(path);
      const created = await client.create<Whole>(path, make('c', 1));
      await client.update(`${path}/c/status`, { ...created, status: status(1) });
      await client.delete(`${path}/c`);
      const seen: string[] = [];
      const from =
        metadata.resourceVersion === undefined ? {} : { resourceVersion: metadata.resourceVersion };
      const abort = new AbortController();
      for await (const { type, object } of client.watch<Whole>(path, { ...from, signal: abort.signal })) {
        if (object.metadata.name === 'c') seen.push(type);
        if (type === 'DELETED') break;
      }
      abort.abort();
      deepStrictEqual(seen, ['ADDED', 'MODIFIED', 'DELETED']);
    },
  },
];
