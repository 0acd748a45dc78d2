import { findContainerProcesses } from './container-processes.ts';
import { type ExecutablePorts, ExecutableReader, type SharedExecutable } from './executable-reader.ts';

/** A Go program that runs in a container of this machine. */
export interface ContainerExecutable extends SharedExecutable {
  /** Bare, without the runtime's name before it. */
  readonly containerId: string;
}

/** Every Go program that runs in the containers of this machine now, read from its processes. */
export async function* listContainerExecutables(
  ports: ExecutablePorts,
  procDir = '/proc',
): AsyncGenerator<ContainerExecutable> {
  const reader = new ExecutableReader(ports, procDir);
  for (const [containerId, processes] of await findContainerProcesses('all', procDir)) {
    for (const executable of await reader.readAll(processes)) yield { containerId, ...executable };
  }
}
