import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { controllerFlags } from '@gofleet/inject/controller';
import { roleEnvironment } from 'gofleet/image/image-content';

const bundle = join(dirname(fileURLToPath(import.meta.url)), '../dist/gofleet.mjs');

/** What a process has used until now. */
export interface Usage {
  readonly cpuS: number;
  /** The most that it ever had, in millions of bytes. */
  readonly peakRssMB: number;
}

/** A controller that runs on this machine, as its pod would run it. */
export interface ControllerProcess {
  /** Of its webhook, on every address. */
  readonly port: number;
  usage(): Usage;
  stop(): Promise<void>;
}

/** @see proc_pid_stat(5), proc_pid_status(5) */
function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const peakKiB = /^VmHWM:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return {
    cpuS: (Number(fields[11]) + Number(fields[12])) / 100,
    peakRssMB: Math.round((Number(peakKiB) * 1024) / 1e6),
  };
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
