import { randomBytes } from 'node:crypto';
import { errorToJson, toGofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import type { KubeClient } from './client.ts';
import type { ObjectMeta } from './kube-object.ts';

/** Something worth telling a person who looks at an object. */
export interface Event {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
}

/** An object that events are told of. */
interface Involved {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Pick<ObjectMeta, 'name' | 'namespace' | 'uid'>;
}

/** Writes a Kubernetes Event about an object; one that cannot be written is only logged. */
export type RecordEvent = (involved: Involved, event: Event) => Promise<void>;

/** The beginning of an object's name, as part of another: whatever is cut off, it ends as names may. */
const shorten = (name: string): string => name.slice(0, 200).replace(/[^a-z0-9]+$/, '');

/** Events of objects of the whole cluster lie in the namespace `default`: the API server accepts them nowhere else. */
export function createEventRecorder(
  client: Pick<KubeClient, 'create'>,
  log: Log,
  component: string,
): RecordEvent {
  return async ({ apiVersion, kind, metadata }, { type, reason, message }) => {
    const { name, uid } = metadata;
    const at = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const scope = metadata.namespace === undefined ? {} : { namespace: metadata.namespace };
    const namespace = metadata.namespace ?? 'default';
    log(type === 'Warning' ? 'warn' : 'info', message, { kind, ...scope, name, reason });
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${shorten(name)}.${randomBytes(8).toString('hex')}`, namespace },
      involvedObject: { apiVersion, kind, name, ...scope, uid },
      ...{ type, reason, message: message.slice(0, 1000), count: 1 },
      ...{ firstTimestamp: at, lastTimestamp: at },
      source: { component },
      reportingComponent: component,
      reportingInstance: component,
    };
    try {
      await client.create(`/api/v1/namespaces/${namespace}/events`, event);
    } catch (thrown) {
      log('warn', 'an event was not written', { reason, error: errorToJson(toGofleetError(thrown)) });
    }
  };
}
