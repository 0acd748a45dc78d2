import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureKwok } from '@gofleet/lab/lab';

/** The label of nodes that KWOK plays; a lab's own node has a kubelet. */
export const playedLabel = 'bench.gofleet.dev/played';
/** On a pod: the imageID that its node would report. */
export const imageIdAnnotation = 'bench.gofleet.dev/image-id';

/** KWOK against an API server: it plays the nodes that have {@link playedLabel}, and what runs on them. */
export async function startKwok(kubeconfig: string): Promise<{ stop(): Promise<void> }> {
  const stages = join(dirname(fileURLToPath(import.meta.url)), 'kwok-stages.yaml');
  const argv = [
    ...['--kubeconfig', kubeconfig, '--config', stages, '--v', 'WARN'],
    ...['--manage-nodes-with-label-selector', `${playedLabel}=true`],
    // Renewed every 30 s: the controller manager waits for 50.
    ...['--node-lease-duration-seconds', '120'],
  ];
  const child = spawn(await ensureKwok(), argv, { stdio: 'ignore' });
  return {
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
