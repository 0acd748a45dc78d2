/** The bare ID of a container, without the runtime's name before it. */
export function bareContainerId(containerId: string): string {
  return containerId.replace(/^[a-z0-9.+-]+:\/\//, '');
}
