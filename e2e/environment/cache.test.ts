import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createStage, machineGo, otherGo, type Stage, seedCache, twoPackages } from './stage.ts';

let stage: Stage;
let cache: string;
beforeEach(() => {
  stage = createStage();
  stage.write(twoPackages);
  cache = join(stage.dir, 'cache');
  seedCache(stage, cache, machineGo());
  seedCache(stage, cache, otherGo);
  build();
});
afterEach(() => stage.remove());

function build(go?: string): ReturnType<Stage['run']> {
  const run = go === undefined ? [] : ['--go', go];
  const built = stage.gofleet(
    ['env', 'run', ...run, '--', 'go', 'build', '-x', '-o', join(stage.dir, 'p'), '.'],
    {
      env: { GOCACHE: cache },
    },
  );
  expect(built.code, built.stderr).toBe(0);
  return built;
}

const files = (): string[] =>
  readdirSync(cache, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /-[ad]$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));

/** As if nothing had been used for days; no go command on this machine is that old. */
function age(days = 3): void {
  const at = Date.now() / 1000 - days * 86_400;
  for (const path of files()) utimesSync(path, at, at);
}

const bytes = (): number => files().reduce((sum, path) => sum + statSync(path).blocks * 512, 0);

test('stat tells size, kinds, ages and which release made what', () => {
  build(otherGo);
  const { stdout, code } = stage.gofleet(['cache', 'stat', '--json', '--releases', cache]);
  expect(code).toBe(0);
  const [measure] = JSON.parse(stdout) as [Record<string, unknown> & { releases: Record<string, unknown> }];
  const all = files();
  const count = (end: string) => all.filter((path) => path.endsWith(end)).length;
  expect(measure).toMatchObject({
    bytes: bytes(),
    actions: { files: count('-a') },
    data: { files: count('-d') },
  });
  const mine = stage.run('go', ['env', 'GOVERSION']).stdout.trim();
  expect(Object.keys(measure.releases).sort()).toEqual([`go${otherGo}`, mine, 'unknown'].sort());
});

test('trim keeps the cap and takes the least recently used', () => {
  age(3);
  build(otherGo);
  const fresh = files().filter((path) => statSync(path).mtimeMs > Date.now() - 3_600_000);
  const atLeast = fresh.reduce((sum, path) => sum + statSync(path).blocks * 512, 0);
  const max = atLeast + Math.floor((bytes() - atLeast) / 2);
  const { code, stdout } = stage.gofleet(['cache', 'trim', '--max', String(max), cache]);
  expect(code, stdout).toBe(0);
  expect(bytes()).toBeLessThanOrEqual(max);
  const left = new Set(files());
  expect(fresh.filter((path) => !left.has(path))).toEqual([]);
});

test('trim beside builds that run: every build succeeds', async () => {
  age(3);
  build(otherGo);
  const script = `for i in 1 2 3 4; do
    sed -i "s/return x + .*/return x + $i }/" lib/lib.go && go build -o p . && ./p || exit 1; done`;
  const builds = spawn('sh', ['-c', script], {
    cwd: stage.work,
    env: { ...stage.env, GOCACHE: cache } as NodeJS.ProcessEnv,
  });
  let said = '';
  for (const stream of [builds.stdout, builds.stderr])
    stream.setEncoding('utf8').on('data', (text) => (said += text));
  let end: number | null | undefined;
  const ended = new Promise<void>((resolve) => {
    builds.once('close', (code) => {
      end = code;
      resolve();
    });
  });
  let removed = 0;
  while (end === undefined) {
    const { stdout } = stage.gofleet(['cache', 'trim', '--json', '--max', '0', cache]);
    removed += (JSON.parse(stdout) as [{ removedFiles: number }])[0].removedFiles;
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 50))]);
  }
  expect(end, said).toBe(0);
  expect(said.match(/go1\S+ \d/g)).toHaveLength(4);
  expect(removed).toBeGreaterThan(0);
});

/** The largest output: the runtime, compiled. */
function largest(): string {
  return files()
    .filter((path) => path.endsWith('-d'))
    .sort((a, b) => statSync(b).size - statSync(a).size)[0] as string;
}

function corrupt(path: string): void {
  const content = readFileSync(path);
  const middle = content.length >> 1;
  content[middle] = (content[middle] ?? 0) ^ 0xff;
  writeFileSync(path, content);
}

test('verify finds a flipped byte, which the go command does not look for, and takes it away', () => {
  const [object, entry] = [largest(), files().find((path) => path.endsWith('-a')) as string];
  corrupt(object);
  writeFileSync(entry, readFileSync(entry, 'latin1').replace('v1', 'v9'));
  age();
  const found = stage.gofleet(['cache', 'verify', cache]);
  expect(found.code).toBe(1);
  expect(found.stdout).toContain(`corrupt ${object}: its content has the hash `);
  expect(found.stdout).toContain(`corrupt ${entry}: a build cache entry: expected "v1"`);
  // The go command sees the right size and takes the object as it is.
  expect(build().stderr).not.toMatch(/\/compile .* -p runtime /);
  age();
  expect(stage.gofleet(['cache', 'verify', '--remove', cache]).code).toBe(1);
  expect(files()).not.toContain(object);
  age();
  expect(stage.gofleet(['cache', 'verify', cache]).code).toBe(0);
  build();
  expect(files()).toContain(object);
});

test('what is no build cache, is not there or may not be read is refused', () => {
  const trim = (dir: string) => stage.gofleet(['cache', 'trim', '--max', '1GB', dir]);
  expect(trim(stage.work)).toMatchObject({ code: 3, stderr: expect.stringContaining('build.not-a-cache') });
  expect(trim(join(stage.dir, 'gone')).stderr).toContain('filesystem.not-found');
  expect(stage.gofleet(['cache', 'trim', '--max', 'lots', cache]).code).toBe(2);
  mkdirSync(join(stage.dir, 'closed'));
  chmodSync(join(stage.dir, 'closed'), 0);
  const bin = join(import.meta.dirname, '../../apps/cli/src/bin.ts');
  const argv = [
    '--bounding-set=-all',
    '--inh-caps=-all',
    process.execPath,
    bin,
    'cache',
    'stat',
    join(stage.dir, 'closed'),
  ];
  expect(stage.run('setpriv', argv)).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('filesystem.no-permission'),
  });
});

test('verify --modules agrees with go mod verify', () => {
  const modCache = join(stage.dir, 'modules');
  const env = { GOMODCACHE: modCache, GOFLAGS: '-modcacherw' };
  stage.write({
    'go.mod': 'module shop.example/dep\n\ngo 1.21\n\nrequire github.com/pkg/errors v0.9.1\n',
    'go.sum':
      'github.com/pkg/errors v0.9.1 h1:FEBLx1zS214owpjy7qsBeixbURkuhQAwrK5UwLGTwt4=\ngithub.com/pkg/errors v0.9.1/go.mod h1:bwawxfHBFNV+L2hUp1rHADufV3IMtnDRdf1r5NINEl0=\n',
  });
  expect(stage.run('go', ['mod', 'download'], { env }).code).toBe(0);
  const verify = () => stage.gofleet(['cache', 'verify', '--modules', modCache]);
  expect(verify()).toMatchObject({ code: 0, stdout: expect.stringContaining('1 modules') });
  writeFileSync(join(modCache, 'github.com/pkg/errors@v0.9.1/errors.go'), '// changed\n', { flag: 'a' });
  expect(verify()).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('modified github.com/pkg/errors@v0.9.1'),
  });
  expect(stage.run('go', ['mod', 'verify'], { env }).stderr).toContain('dir has been modified');
});

test('verify --modules knows how the go command renames files of toolchains', () => {
  const [from, to] = [stage.env.GOMODCACHE ?? '', join(stage.dir, 'modules')];
  const [, platform] = stage.run('go', ['version']).stdout.match(/ (\S+\/\S+)$/m) ?? [];
  const version = `v0.0.1-go${otherGo}.${platform?.replace('/', '-')}`;
  const hash = `cache/download/golang.org/toolchain/@v/${version}.ziphash`;
  cpSync(join(from, hash), join(to, hash));
  const tree = `golang.org/toolchain@${version}`;
  cpSync(join(from, tree), join(to, tree), { recursive: true });
  const { code, stdout } = stage.gofleet(['cache', 'verify', '--modules', to]);
  expect(code, stdout).toBe(0);
  expect(stdout).toContain('1 modules');
});
