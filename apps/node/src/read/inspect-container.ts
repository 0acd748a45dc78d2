import { GofleetError } from '@gofleet/base/errors';
import type { RunningFacts } from '@gofleet/inject/runtime-status';
import { renderRunningFacts } from '../report/render-observation.ts';
import { bareContainerId } from './container-id.ts';
import { findContainerProcesses } from './container-processes.ts';
import { type ExecutablePorts, ExecutableReader } from './executable-reader.ts';

/**
 * What runs in a container of this machine now, read as the node role reads it. The image's identity is not known here.
 * @param container - its ID, with or without the runtime's name before it, and the node's name
 * @throws `node.no-such-container` when it has no process that can be read
 */
export async function inspectContainer(
  container: { readonly containerId: string; readonly node: string },
  ports: ExecutablePorts,
): Promise<Omit<RunningFacts, 'imageId'>> {
  const id = bareContainerId(container.containerId);
  const processes = (await findContainerProcesses(new Set([id]))).get(id) ?? [];
  const executable = await new ExecutableReader(ports).readMain(processes);
  if (executable) {
    const observedAt = new Date().toISOString();
    return renderRunningFacts(executable, { ...container, observedAt });
  }
  throw new GofleetError('node.no-such-container', `container ${id} has no process on ${container.node}`, {
    facts: { containerId: id, node: container.node, processes: processes.length },
    retry: 'later',
    hint: 'look at containerStatuses[].containerID of a running pod on this node',
  });
}
