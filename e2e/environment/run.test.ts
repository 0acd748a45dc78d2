import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { goVariables } from '@gofleet/build/environment/go-variables';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createStage, installTools, otherGo, type Stage } from './stage.ts';

const bin = join(dirname(fileURLToPath(import.meta.url)), '../../apps/cli/src/bin.ts');

let stage: Stage;
beforeAll(() => installTools('zsh', 'fish'));
beforeEach(() => {
  stage = createStage();
});
afterEach(() => stage.remove());

test('the list of variables holds everything that the installed release knows', () => {
  const goRoot = stage.run('go', ['env', 'GOROOT']).stdout.trim();
  const source = readFileSync(join(goRoot, 'src/internal/cfg/cfg.go'), 'utf8');
  const known = [...source.matchAll(/^\t([A-Z][A-Z0-9_]+)$/gm)].map(([, name]) => name ?? '');
  expect(known.length).toBeGreaterThan(50);
  expect(known.filter((name) => !goVariables.has(name))).toEqual([]);
});

test('nothing is inherited that Go reads, but what is kept on purpose; the exit code comes through', () => {
  const env = {
    GOFLAGS: '-tags=leak',
    CGO_CFLAGS: '-Dleak',
    CC: 'leak',
    GOOS: 'plan9',
    GODEBUG: 'x=1',
    MINE: 'yes',
  };
  const { code, stdout } = stage.gofleet(
    ['env', 'run', '--scenario', 'ci', '--keep', 'GOOS', '--', 'sh', '-c', 'env; exit 7'],
    { env },
  );
  expect(code).toBe(7);
  expect(stdout).not.toContain('leak');
  expect(stdout).not.toContain('GODEBUG');
  expect(stdout).toContain('GOOS=plan9\n');
  expect(stdout).toContain('MINE=yes\n');
  expect(stdout).toContain(`GOCACHE=${stage.work}/.gocache\n`);
});

test('a signal reaches the command, and how it ends is how gofleet ends', async () => {
  const script = 'trap "echo got; exit 3" TERM; echo ready; while :; do sleep 0.05; done';
  const child = spawn(process.execPath, [bin, 'env', 'run', '--', 'sh', '-c', script], {
    cwd: stage.work,
    env: stage.env as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (said === 'ready\n') child.kill('SIGTERM');
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect([said, code]).toEqual(['ready\ngot\n', 3]);
});

test('a command that a signal ends is 128 and the number of the signal', () => {
  expect(stage.gofleet(['env', 'run', '--', 'sh', '-c', 'kill -9 $$']).code).toBe(137);
});

test('what is missing is named, with the command that gets it', () => {
  expect(stage.gofleet(['env', '--go', '1.20.1'])).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('gofleet toolchain install 1.20.1'),
  });
  expect(stage.gofleet(['env', 'run', '--', 'no-such-program'])).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('no-such-program cannot be started: no such program in PATH'),
  });
  expect(stage.gofleet(['env', '--scenario', 'production'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('local, ci, matrix'),
  });
  expect(stage.gofleet(['env', '--go', 'newest']).stderr).toContain('base.malformed-go-constraint');
  expect(stage.gofleet(['env', '--shell', 'bash', '--github']).code).toBe(2);
});

test('the release that the directory asks for is used, or named with the line that asks for it', () => {
  stage.write({ '.go-version': `${otherGo}\n` });
  const { stdout } = stage.gofleet(['env', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ goVersion: `go${otherGo}`, scenario: 'local' });
  stage.write({ '.go-version': '1.20.1\n' });
  expect(stage.gofleet(['env'])).toMatchObject({ code: 3, stderr: expect.stringContaining('.go-version:1') });
});

test.each(['bash', 'zsh', 'fish'])('%s: eval gives that release and takes GOROOT away', (shell) => {
  const tree = join(stage.work, "it's a tree");
  stage.write({ "it's a tree/go.mod": 'module shop.example/x\n\ngo 1.21\n' });
  const { code, stdout: lines } = stage.gofleet(
    ['env', '--go', otherGo, '--scenario', 'matrix', '--shell', shell],
    { cwd: tree },
  );
  expect(code).toBe(0);
  const { stdout, stderr } = stage.run(shell, ['-c', `${lines}\ngo version; go env GOCACHE; go list -m`], {
    cwd: tree,
    env: { GOROOT: '/nowhere', GOBIN: '/old/bin' },
  });
  expect(stdout.split('\n'), stderr).toEqual([
    expect.stringContaining(`go${otherGo} `),
    `${tree}/.gocache-${otherGo}`,
    'shop.example/x',
    '',
  ]);
});

test('a work tree that cannot be written to, and one on a full disk, say so', () => {
  const mount = join(stage.dir, 'full');
  stage.run('sh', ['-c', `mkdir ${mount} && mount -t tmpfs -o size=64k,nr_inodes=3 none ${mount}`]);
  try {
    expect(stage.gofleet(['env', 'run', '--scenario', 'ci', '--', 'true'], { cwd: mount })).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/cannot be made: .*no space left on device/),
    });
    stage.run('mount', ['-o', 'remount,ro', mount]);
    expect(stage.gofleet(['env', 'run', '--scenario', 'ci', '--', 'true'], { cwd: mount })).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/cannot be made: EROFS/),
    });
  } finally {
    stage.run('umount', [mount]);
  }
});
