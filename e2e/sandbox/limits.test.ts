import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Stage, startStage } from './stage.ts';

let stage: Stage;
const limits = {
  '--limit-time': '10',
  '--limit-cpu-time': '2',
  '--limit-memory': '600MiB',
  '--limit-output': '1MiB',
  '--limit-processes': '60',
  '--builds': '1',
  '--queue': '1',
};
beforeAll(async () => {
  stage = await startStage(Object.entries(limits).flat());
  stage.write({ 'app/go.mod': 'module example.test/app\n\ngo 1.21\n' });
  for (const [name, body] of Object.entries(bodies)) {
    const imports = [...new Set(body.match(/\b(?:exec|fmt|strings|time|os)\b(?=\.)/g))];
    const list = ['testing', ...imports.map((each) => (each === 'exec' ? 'os/exec' : each))];
    const lines = list.map((each) => `import "${each}"\n`).join('');
    stage.write({
      [`app/${name}/x_test.go`]: `package x\n\n${lines}\nfunc TestX(t *testing.T) {\n${body}\n}\n`,
    });
  }
});
afterAll(() => stage.stop());

const bodies = {
  hang: 'time.Sleep(time.Minute)',
  print: 's := strings.Repeat("x", 1<<16)\nfor i := 0; i < 1<<12; i++ { fmt.Println(s) }',
  memory:
    'var all [][]byte\nfor i := 0; i < 40; i++ {\nb := make([]byte, 50<<20)\nfor j := range b { b[j] = 1 }\nall = append(all, b)\n}\nt.Log(len(all))',
  fork: 'for i := 0; i < 300; i++ { exec.Command("/bin/sh", "-c", "setsid sleep 4711").Start() }\ntime.Sleep(time.Minute)',
  deaf: 'exec.Command("/bin/sh", "-c", "trap \\"\\" TERM INT; setsid sleep 4711 & sleep 4711").Run()',
  quick: 't.Log(os.Getpid())',
} as const;

const run = (name: keyof typeof bodies) =>
  stage.go(['test', '-count=1', '-vet=off', '-v', `./${name}`], { in: 'app' });

/** The processes that the tests start and that nobody else does. */
function left(): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8') === 'sleep\x004711\0';
    } catch {
      return false;
    }
  });
}

test.each([
  ['hang', /stopped: it took longer than 10/, '--limit-time'],
  ['print', /stopped: it prints more than 1\.0 MiB/, '--limit-output'],
  ['memory', /stopped: it needs more than 600\.0 MiB of memory|out of memory/, ''],
  ['fork', /stopped: it has more than 60 processes/, '--limit-processes'],
] as const)('%s', (name, said, option) => {
  const { code, stdout, stderr } = run(name);
  expect(code).toBe(1);
  expect(stdout.slice(0, 1 << 16) + stderr).toMatch(said);
  expect(stderr).toContain(option);
  expect(left()).toEqual([]);
  expect(run('quick').code).toBe(0);
});

test('processor time counts, however long it takes to get it', async () => {
  const patient = await startStage(['--limit-time', '120', '--limit-cpu-time', '2']);
  patient.write({
    'app/go.mod': 'module example.test/app\n\ngo 1.21\n',
    'app/x_test.go': 'package x\n\nimport "testing"\n\nfunc TestX(t *testing.T) {\n\tfor {\n\t}\n}\n',
  });
  const { code, stdout, stderr } = patient.go(['test', '-count=1', '-vet=off', '.'], { in: 'app' });
  expect(code).toBe(1);
  expect(stdout + stderr).toMatch(/stopped: it needs more than 2.* of processor time|signal: killed/);
  await patient.stop();
});

test('interrupted, and gone: what was started ends, whatever it does with signals', async () => {
  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    const child = spawn(stage.standIn, ['test', '-count=1', '-vet=off', './deaf'], {
      cwd: join(stage.volume, 'app'),
    });
    for (let turn = 0; left().length < 2 && turn < 200; turn++) await sleep(50);
    expect(left()).toHaveLength(2);
    const ended = once(child, 'exit');
    child.kill(signal);
    expect((await ended)[0]).toBe(signal === 'SIGINT' ? 130 : null);
    for (let turn = 0; left().length > 0 && turn < 100; turn++) await sleep(50);
    expect(left()).toEqual([]);
  }
});

test('one builds, one waits and is told, the next is refused', async () => {
  const start = (name: string) => {
    const argv = ['test', '-count=1', '-vet=off', `./${name}`];
    const child = spawn(stage.standIn, argv, { cwd: join(stage.volume, 'app') });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    return { child, said: () => said };
  };
  // What the test before left is being cleared away.
  while (run('quick').code === 3) await sleep(50);
  const first = start('hang');
  await sleep(200);
  const second = start('quick');
  for (let turn = 0; !second.said().includes('waiting for a turn') && turn < 100; turn++) await sleep(20);
  expect(second.said()).toContain('waiting for a turn, the next one');
  expect(run('quick')).toMatchObject({ code: 3, stderr: expect.stringContaining('too many builds') });
  const ended = once(second.child, 'exit');
  first.child.kill('SIGTERM');
  expect((await ended)[0]).toBe(0);
});

test('a giant output of a build is stopped at the limit', async () => {
  const small = await startStage(['--limit-disk', '40MiB'], true);
  small.write({
    'big/go.mod': 'module example.test/big\n\ngo 1.21\n',
    'big/main.go':
      'package main\n\nimport "os"\n\nvar a = [60 << 20]byte{1}\n\nfunc main() { println(a[len(os.Args)]) }\n',
  });
  const { code, stderr } = small.go(['build', '.'], { in: 'big' });
  expect(code).toBe(1);
  expect(stderr).toMatch(/writes more than 40|file too large|file size limit|killed/i);
  expect(readdirSync(join(small.volume, 'big')).sort()).toEqual(['go.mod', 'main.go']);
  await small.stop();
});

test('when the sandbox ends, so does what it runs', async () => {
  const own = await startStage();
  own.write({
    'app/go.mod': 'module example.test/app\n\ngo 1.21\n',
    'app/x_test.go': `package x\n\nimport (\n\t"os/exec"\n\t"testing"\n)\n\nfunc TestX(t *testing.T) {\n${bodies.deaf}\n}\n`,
  });
  const child = spawn(own.standIn, ['test', '-vet=off', '.'], { cwd: join(own.volume, 'app') });
  for (let turn = 0; left().length < 2 && turn < 200; turn++) await sleep(50);
  const ended = once(child, 'exit');
  await own.stop();
  expect((await ended)[0]).not.toBe(0);
  for (let turn = 0; left().length > 0 && turn < 100; turn++) await sleep(50);
  expect(left()).toEqual([]);
  expect(spawnSync(child.spawnfile, ['version']).status ?? 3).toBe(3);
});
