import { hasOurSandbox, sandboxName } from '@gofleet/inject/want-sandbox';
import type { Pod } from '../report/pod.ts';

/**
 * The container of a sandbox that nobody will call any more, because all other containers of its pod have ended for good; kubelet ends native
 * sidecars then, and takes an ordinary container for one that is still at work.
 */
export function idleSandboxOf(pod: Pod): string | undefined {
  const { restartPolicy = 'Always', containers } = pod.spec;
  if (restartPolicy === 'Always' || !hasOurSandbox(pod)) return undefined;
  const statuses = new Map((pod.status?.containerStatuses ?? []).map((each) => [each.name, each]));
  const hasEnded = ({ name }: { readonly name: string }): boolean => {
    const exitCode = statuses.get(name)?.state?.terminated?.exitCode;
    return exitCode === 0 || (exitCode !== undefined && restartPolicy === 'Never');
  };
  const sandbox = statuses.get(sandboxName);
  const isIdle = containers.filter(({ name }) => name !== sandboxName).every(hasEnded);
  return sandbox?.state?.running && isIdle ? sandbox.containerID : undefined;
}
