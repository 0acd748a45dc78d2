import { randomBytes } from 'node:crypto';
import { errorToJson, toGofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import { type GoRuntime, goRuntimeApi } from '@gofleet/inject/go-runtime';
import type { KubeClient } from '@gofleet/kube/client';

/** Something worth telling a person who looks at a GoRuntime. */
export interface Event {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
}

/** Writes Kubernetes Events about GoRuntimes; an event that cannot be written is only logged. */
export type RecordEvent = (runtime: GoRuntime, event: Event) => Promise<void>;

export function createEventRecorder(client: KubeClient, log: Log): RecordEvent {
  return async (runtime, { type, reason, message }) => {
    const { name, namespace, uid } = runtime.metadata;
    const at = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const { group, version, kind } = goRuntimeApi;
    log(type === 'Warning' ? 'warn' : 'info', message, { runtime: `${namespace}/${name}`, reason });
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name.slice(0, 200)}.${randomBytes(8).toString('hex')}`, namespace },
      involvedObject: { apiVersion: `${group}/${version}`, kind, name, namespace, uid },
      ...{ type, reason, message: message.slice(0, 1000), count: 1 },
      ...{ firstTimestamp: at, lastTimestamp: at },
      source: { component: 'gofleet-controller' },
      reportingComponent: 'gofleet-controller',
      reportingInstance: 'gofleet-controller',
    };
    try {
      await client.create(`/api/v1/namespaces/${namespace}/events`, event);
    } catch (thrown) {
      log('warn', 'an event was not written', { reason, error: errorToJson(toGofleetError(thrown)) });
    }
  };
}
