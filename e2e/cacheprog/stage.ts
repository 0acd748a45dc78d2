import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheRoot } from '@gofleet/filesystem/cache-root';

const bin = join(dirname(fileURLToPath(import.meta.url)), '../../apps/cli/src/bin.ts');
const home = join(cacheRoot(), 'e2e-cacheprog');

type Env = Readonly<Record<string, string>>;

/** What a build did. */
export interface BuildEnd {
  readonly code: number | null;
  readonly stderr: string;
  /** The line of `--stats`. */
  readonly counts: Readonly<Record<string, number>>;
}

export interface BuildRequest {
  /** The options of `gofleet cacheprog`. */
  readonly cache: readonly string[];
  /** Folder of this machine's objects, in the stage. */
  readonly tier: string;
  readonly env?: Env;
  readonly main?: string;
  /** Node in the middle of every build instead of the resident process. */
  readonly direct?: boolean;
}

/** A process and where it listens. */
export interface Listener {
  readonly child: ChildProcess;
  readonly url: string;
}

export interface Stage {
  readonly dir: string;
  build(request: BuildRequest): Promise<BuildEnd>;
  gofleet(args: readonly string[], env?: Env): ReturnType<typeof spawnSync>;
  /** `gofleet cache serve` over a folder of the stage, or another. */
  serve(folder: string, args?: readonly string[]): Promise<Listener>;
  minio(bucket: string): Promise<{ readonly remote: string; readonly env: Env }>;
  remove(): void;
}

function askGo(name: string): string {
  return spawnSync('go', ['env', name], { encoding: 'utf8', cwd: '/' }).stdout.trim();
}

/** A program without imports: building it takes the runtime and little more. */
const program = 'package main\n\nfunc main() { println("tiny") }\n';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

const minioVersion = 'v0.0.0-20260212201848-7aac2a2c5b7c';

/** MinIO, a store in wide use, built from source the first time. */
function findMinio(): string {
  const path = join(home, `minio-${minioVersion}`);
  if (existsSync(path)) return path;
  mkdirSync(home, { recursive: true });
  const work = mkdtempSync(join(home, 'making-'));
  const env = { ...process.env, GOBIN: work, CGO_ENABLED: '0', GOFLAGS: '' };
  const made = spawnSync('go', ['install', '-trimpath', `github.com/minio/minio@${minioVersion}`], {
    env,
    cwd: '/',
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(made.stderr);
  renameSync(join(work, 'minio'), path);
  rmSync(work, { recursive: true });
  return path;
}

async function untilReady(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const ready = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} does not answer`);
}

/** The folder of a shared cache that is kept between runs, so that only the first one compiles the runtime. */
export const keptFolder = (goVersion: string): string => join(home, `shared-${goVersion}`);

/** A stage in a new directory below the system's own for such things. */
export function createStage(): Stage {
  const dir = mkdtempSync(join(tmpdir(), 'gofleet-cacheprog-'));
  const children: ChildProcess[] = [];
  let count = 0;
  const base: Env = {
    PATH: process.env.PATH ?? '',
    HOME: join(dir, 'home'),
    GOPROXY: askGo('GOPROXY'),
    GOMODCACHE: askGo('GOMODCACHE'),
    GOCACHE: askGo('GOCACHE'),
    GOTOOLCHAIN: 'local',
    GOFLEET_CACHE: join(dir, 'gofleet'),
  };
  mkdirSync(base.HOME ?? '');
  const gofleet: Stage['gofleet'] = (args, env = {}) =>
    spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8', env: { ...base, ...env } });
  return {
    dir,
    gofleet,
    async build({ cache, tier, env = {}, main = program, direct = false }) {
      const work = join(dir, `work-${count++}`);
      const stats = join(work, 'stats');
      mkdirSync(work);
      writeFileSync(join(work, 'go.mod'), 'module shop.example/tiny\n\ngo 1.24\n');
      writeFileSync(join(work, 'main.go'), main);
      const options = [...cache, '--dir', join(dir, tier), '--stats', stats, '--idle', '2'];
      const told = gofleet(['cacheprog', 'command', ...options], env);
      if (told.status !== 0) throw new Error(String(told.stderr));
      const own = `${process.execPath} ${bin} cacheprog ${options.join(' ')}`;
      const GOCACHEPROG = direct ? own : String(told.stdout).trim();
      // The path is part of what is compiled.
      const child = spawn('go', ['build', '-trimpath', '-o', join(work, 'program'), '.'], {
        cwd: work,
        env: { ...base, CGO_ENABLED: '0', GOCACHE: join(dir, 'unused'), ...env, GOCACHEPROG },
      });
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (text) => {
        stderr += text;
      });
      const [code] = await once(child, 'close');
      const line = existsSync(stats) ? readFileSync(stats, 'utf8') : '{}';
      return { code, stderr, counts: JSON.parse(line) };
    },
    async serve(folder, args = []) {
      const port = await freePort();
      const argv = [bin, 'cache', 'serve', '--dir', folder, '--listen-port', String(port), ...args];
      const child = spawn(process.execPath, argv, { env: base, stdio: 'ignore' });
      children.push(child);
      const url = `http://127.0.0.1:${port}`;
      await untilReady(`${url}/healthz`);
      return { child, url };
    },
    async minio(bucket) {
      const port = await freePort();
      const data = join(dir, 'minio');
      // A folder of a MinIO of one disk is a bucket.
      mkdirSync(join(data, bucket), { recursive: true });
      const keys = { user: 'gofleet-e2e', password: 'gofleet-e2e-secret' };
      const child = spawn(findMinio(), ['server', '--quiet', '--address', `127.0.0.1:${port}`, data], {
        env: {
          ...base,
          MINIO_ROOT_USER: keys.user,
          MINIO_ROOT_PASSWORD: keys.password,
          MINIO_BROWSER: 'off',
          MINIO_UPDATE: 'off',
        },
        stdio: 'ignore',
      });
      children.push(child);
      const endpoint = `http://127.0.0.1:${port}`;
      await untilReady(`${endpoint}/minio/health/live`);
      return {
        remote: `s3://${bucket}/go`,
        env: {
          AWS_ENDPOINT_URL: endpoint,
          AWS_ACCESS_KEY_ID: keys.user,
          AWS_SECRET_ACCESS_KEY: keys.password,
        },
      };
    },
    remove() {
      for (const child of children) child.kill('SIGKILL');
      spawnSync('chmod', ['-R', 'u+w', dir]);
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Every file below a folder. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** What a folder's files occupy. */
export function bytesIn(folder: string): number {
  return filesIn(folder).reduce((total, path) => total + statSync(path).blocks * 512, 0);
}
