import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { controllerFlags } from '@gofleet/inject/controller';
import { roleEnvironment } from 'gofleet/image/image-content';
import { type Usage, usageOf } from './process-usage.ts';

const bundle = join(dirname(fileURLToPath(import.meta.url)), '../dist/gofleet.mjs');

/** A controller that runs on this machine, as its pod would run it. */
export interface ControllerProcess {
  /** Of its webhook, on every address. */
  readonly port: number;
  usage(): Usage;
  stop(): Promise<void>;
}

/** The bundled controller with the flags of its Deployment and the environment of its image; resolves when it is ready. */
export async function startController(kubeconfig: string): Promise<ControllerProcess> {
  const ports = ['--listen-port', '0', '--health-port', '0'];
  const argv = [...controllerFlags, bundle, 'controller', ...ports, '--kubeconfig', kubeconfig];
  const env = { ...process.env, ...roleEnvironment };
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'], env });
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const line = text.split('\n').find((each) => each.includes('"ready"'));
      if (line !== undefined) resolve((JSON.parse(line) as { port: number }).port);
    });
    child.once('exit', (code) => reject(new Error(`the controller ended with ${code}`)));
  });
  return {
    port,
    usage: () => usageOf(child.pid ?? 0),
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
