import { GofleetError } from '@gofleet/base/errors';
import type { KubeClient } from './client.ts';

const writes: ReadonlySet<string | symbol> = new Set(['create', 'update', 'patch', 'delete']);

function notLeader(method: string, path: string): GofleetError {
  return new GofleetError('kube.not-leader', `${method} ${path}: another process is the leader now`, {
    facts: { path },
    retry: 'later',
  });
}

/**
 * The same client, whose writes are refused while the gate is closed: what a turn began as leader does not go on as a follower.
 * @throws (its writes) `kube.not-leader`
 */
export function gateWrites<T extends Partial<KubeClient>>(client: T, isOpen: () => boolean): T {
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (!writes.has(name)) return value.bind(target);
      return (path: string, ...rest: unknown[]): unknown =>
        isOpen() ? value.call(target, path, ...rest) : Promise.reject(notLeader(String(name), path));
    },
  });
}
