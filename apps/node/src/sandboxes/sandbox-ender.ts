import { errorToJson, GofleetError, toGofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import { bareContainerId } from '../read/container-id.ts';
import { findContainerProcesses } from '../read/container-processes.ts';
import type { Pod } from '../report/pod.ts';
import { idleSandboxOf } from './idle-sandbox.ts';

/** Ends ordinary containers that are sandboxes when their pods have nothing else to do, so that those end. */
export class SandboxEnder {
  readonly #log: Log;
  /** Containers that were told. A second signal would end them at once, as if they had failed. */
  readonly #told = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** A pod of this node came, changed or went. */
  podChanged(change: 'added' | 'modified' | 'deleted', pod: Pod): void {
    for (const { containerID = '' } of change === 'deleted' ? (pod.status?.containerStatuses ?? []) : [])
      this.#told.delete(containerID);
    const containerId = change === 'deleted' ? undefined : idleSandboxOf(pod);
    if (containerId === undefined || this.#told.has(containerId)) return;
    this.#told.add(containerId);
    const { namespace, name } = pod.metadata;
    this.#end(containerId).then(
      () => this.#log('info', 'ended the sandbox of a pod that has ended', { namespace, pod: name }),
      (thrown: unknown) => {
        this.#told.delete(containerId);
        const error = errorToJson(toGofleetError(thrown));
        this.#log('warn', 'a sandbox cannot be ended', { namespace, pod: name, error });
      },
    );
  }

  async #end(containerId: string): Promise<void> {
    const id = bareContainerId(containerId);
    const processes = (await findContainerProcesses(new Set([id]))).get(id) ?? [];
    // The init process or, in a pod whose containers share their processes, the oldest one.
    const [main] = processes;
    if (!main)
      throw new GofleetError('node.no-process', `container ${id}: expected a process, found none`, {
        retry: 'later',
      });
    process.kill(main.pid, 'SIGTERM');
  }
}
