import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { goRoot, hello, type Stage, startStage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
  stage.write({
    'app/go.mod': 'module example.test/app\n\ngo 1.21\n',
    'app/main.go': hello,
    'app/lib/lib.go': 'package lib\n\nfunc Two() int { return 2 }\n',
    'app/lib/lib_test.go':
      'package lib\n\nimport "testing"\n\nfunc TestTwo(t *testing.T) {\n\tif Two() != 2 {\n\t\tt.Fatal("no")\n\t}\n}\n',
    'app/cmd/other/main.go': hello,
    'bad/go.mod': 'module example.test/bad\n\ngo 1.21\n',
    'bad/bad.go': 'package bad\n\nimport "fmt"\n\nfunc F() { fmt.Printf("%d", "text") }\n',
    'broken/go.mod': 'module example.test/broken\n\ngo 1.21\n',
    'broken/broken.go': 'package broken\n\nfunc F() int { return nothing }\n',
    'new/go.mod': 'module example.test/new\n\ngo 1.99\n',
  });
});
afterAll(() => stage.stop());

test('the release, as go itself says it', () => {
  const said = execFileSync(`${goRoot}/bin/go`, ['version'], { encoding: 'utf8', env: { HOME: '/' } });
  expect(stage.go(['version'], { in: 'app' })).toEqual({ code: 0, stdout: said, stderr: '' });
});

test('a program is built where go would write it, and runs', () => {
  expect(stage.go(['build'], { in: 'app' })).toEqual({ code: 0, stdout: '', stderr: '' });
  const program = join(stage.volume, 'app/app');
  expect(statSync(program).mode & 0o111).not.toBe(0);
  expect(execFileSync(program, { encoding: 'utf8' })).toBe('hello\n');
  expect(stage.go(['build'], { in: 'app' }).code).toBe(0);
});

test('several programs into a directory, one under another name, and none', () => {
  stage.write({ 'app/bin/.keep': '' });
  expect(stage.go(['build', '-o', 'bin/', './...'], { in: 'app' }).code).toBe(0);
  expect(readdirSync(join(stage.volume, 'app/bin')).sort()).toEqual(['.keep', 'app', 'other']);
  expect(stage.go(['build', '-C', 'app', '-o', 'bin/x', './cmd/other'])).toMatchObject({ code: 0 });
  expect(existsSync(join(stage.volume, 'app/bin/x'))).toBe(true);
  for (const argv of [
    ['build', './...'],
    ['build', './lib'],
    ['build', '-o', '/dev/null', '.'],
  ]) {
    const before = readdirSync(join(stage.volume, 'app'));
    expect(stage.go(argv, { in: 'app' })).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(join(stage.volume, 'app'))).toEqual(before);
  }
});

test('for another system, by the variables of the caller', () => {
  const env = { GOOS: 'windows', GOARCH: 'amd64' };
  expect(stage.go(['build', '-o', 'w.exe', './cmd/other'], { in: 'app', env }).code).toBe(0);
  expect(readFileSync(join(stage.volume, 'app/w.exe')).toString('latin1', 0, 2)).toBe('MZ');
});

test('vet and tests, with their exit codes and their words', () => {
  expect(stage.go(['test', '-v', '-coverprofile=c.out', './lib'], { in: 'app' })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('--- PASS: TestTwo'),
  });
  expect(readFileSync(join(stage.volume, 'app/c.out'), 'utf8')).toContain('mode: set');
  const profiles = ['test', '-outputdir=bin', '-cpuprofile=cpu.out', '-o=bin/lib.test', './lib'];
  expect(stage.go(profiles, { in: 'app' })).toMatchObject({ code: 0 });
  expect(readdirSync(join(stage.volume, 'app/bin'))).toEqual(expect.arrayContaining(['cpu.out', 'lib.test']));
  expect(stage.go(['vet', './...'], { in: 'bad' })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('wrong type string'),
  });
  expect(stage.go(['build', '.'], { in: 'broken' })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('undefined: nothing'),
  });
});

test('a release that the sandbox does not have is named, with the line that asks for it', () => {
  const { code, stderr } = stage.go(['build', '.'], { in: 'new' });
  expect(code).toBe(3);
  expect(stderr).toMatch(/Go 1\.99\.0 is asked for by .*go\.mod:3; the sandbox has go1\./);
});

test('without a sandbox, the stand-in says so', async () => {
  const env = { GOFLEET_SANDBOX: join(stage.outside, 'none.sock') };
  expect(stage.go(['build'], { env })).toMatchObject({
    code: 3,
    stderr: `go: no gofleet sandbox answers at ${env.GOFLEET_SANDBOX}; is its container running?\n`,
  });
});

test('more arguments than a request holds are refused by the stand-in', () => {
  const many = Array.from({ length: 40 }, () => 'x'.repeat(10_000));
  expect(stage.go(['build', ...many])).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('too many arguments'),
  });
});

test('whatever else speaks to the socket is dropped, and the sandbox lives on', async () => {
  for (const bytes of ['GET / HTTP/1.1\r\n\r\n', 'R\xff\xff\xff\xff', 'R\0\0\0\x02x\0', 'S\0\0\0\x01\x02'])
    await new Promise((resolve) => {
      const socket = connect(stage.socket, () => socket.write(Buffer.from(bytes, 'latin1')));
      socket.on('error', () => undefined).on('close', resolve);
      if (bytes.startsWith('S')) setTimeout(() => socket.destroy(), 50);
    });
  expect(stage.go(['version'])).toMatchObject({ code: 0 });
});

test('a stand-in that is to wait for its sandbox does, as long as it is told', async () => {
  const late = join(stage.volume, 'late.sock');
  const env = { GOFLEET_SANDBOX: late, GOFLEET_SANDBOX_WAIT: '1' };
  const startedAt = performance.now();
  expect(stage.go(['version'], { env })).toMatchObject({ code: 3, stderr: expect.stringContaining(late) });
  expect(performance.now() - startedAt).toBeGreaterThan(900);
  const waiting = promisify(execFile)(stage.standIn, ['version'], {
    cwd: stage.volume,
    env: { ...env, GOFLEET_SANDBOX_WAIT: '30' },
  });
  await sleep(300);
  symlinkSync(stage.socket, late);
  expect((await waiting).stdout).toContain('go version go');
});
