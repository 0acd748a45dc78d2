import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { cacheRoot } from '@gofleet/filesystem/cache-root';

const commandLine = join(dirname(fileURLToPath(import.meta.url)), '../../apps/cli/src/bin.ts');

/** The GOROOT of this machine. */
export const goRoot = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim();

/** How a call of the stand-in ended. */
export interface Call {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CallOptions {
  /** Below the volume, or absolute. */
  readonly in?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A volume, a place outside of it, and a sandbox that is started as its container would start it. */
export interface Stage {
  readonly volume: string;
  readonly outside: string;
  readonly socket: string;
  /** Path of the stand-in. */
  readonly standIn: string;
  /** Files below the volume, by path. */
  write(files: Readonly<Record<string, string>>): void;
  go(argv: readonly string[], options?: CallOptions): Call;
  /** What the sandbox has logged. */
  log(): string;
  stop(): Promise<void>;
}

export const hello = 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("hello") }\n';

/** What is compiled once is compiled for every stage of this machine; tests of limits have caches of their own. */
const sharedDir = join(cacheRoot(), 'e2e-sandbox');

async function waitFor(server: ChildProcess, socket: string, said: () => string): Promise<void> {
  for (let turn = 0; turn < 300; turn++) {
    if (said().includes('"listening"') && existsSync(socket)) return;
    if (server.exitCode !== null) break;
    await sleep(50);
  }
  throw new Error(`the sandbox does not listen: ${said()}`);
}

/** Starts a sandbox. @param argv further options of `gofleet sandbox` */
export async function startStage(argv: readonly string[] = [], ownDir = false): Promise<Stage> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'gofleet-e2e-sandbox-')));
  const volume = join(base, 'volume');
  const outside = join(base, 'outside');
  const socket = join(base, 'run', 'sandbox.sock');
  for (const each of [volume, outside]) mkdirSync(each);
  const dir = ownDir ? join(base, 'dir') : sharedDir;
  const options = ['--volume', volume, '--listen', socket, '--dir', dir, '--goroot', goRoot, ...argv];
  const server = spawn(process.execPath, [commandLine, 'sandbox', ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [server.stdout, server.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  await waitFor(server, socket, () => said);
  const standIn = join(base, 'run', 'go');
  return {
    ...{ volume, outside, socket, standIn, log: () => said },
    write: (files) => {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(volume, name)), { recursive: true });
        writeFileSync(join(volume, name), text);
      }
    },
    go: (words, { in: from = '.', env = {} } = {}) => {
      const cwd = from.startsWith('/') ? from : join(volume, from);
      const { status, stdout, stderr } = spawnSync(standIn, words, {
        cwd,
        env,
        encoding: 'utf8',
        timeout: 240_000,
      });
      return { code: status, stdout, stderr };
    },
    stop: async () => {
      server.kill('SIGTERM');
      if (server.exitCode === null) await once(server, 'exit');
      rmSync(base, { recursive: true, force: true });
    },
  };
}
