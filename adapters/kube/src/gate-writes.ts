import { GofleetError } from '@gofleet/base/errors';
import type { KubeClient } from './client.ts';

const writes = ['create', 'update', 'patch', 'delete'] as const;

/**
 * The same client, whose writes are refused while the gate is closed: what a turn began as leader does not go on as a follower.
 * @throws (its writes) `kube.not-leader`
 */
export function gateWrites(client: KubeClient, isOpen: () => boolean): KubeClient {
  const gated = Object.create(client) as KubeClient & Record<(typeof writes)[number], unknown>;
  const own: PropertyDescriptorMap = {};
  for (const method of ['get', 'getText', 'list', 'watch', 'close'] as const)
    own[method] = { value: client[method].bind(client) };
  for (const method of writes) {
    const write = client[method].bind(client) as (...args: unknown[]) => Promise<unknown>;
    const value = (path: string, ...rest: unknown[]): Promise<unknown> =>
      isOpen() ? write(path, ...rest) : Promise.reject(notLeader(method, path));
    own[method] = { value };
  }
  own.connection = { value: client.connection };
  return Object.defineProperties(gated, own);
}

function notLeader(method: string, path: string): GofleetError {
  return new GofleetError('kube.not-leader', `${method} ${path}: another process is the leader now`, {
    facts: { path },
    retry: 'later',
  });
}
