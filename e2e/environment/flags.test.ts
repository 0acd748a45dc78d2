import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStage, type Stage, twoPackages } from './stage.ts';

/** What `gofleet env check` says of GOFLAGS, held against real builds. */
let stage: Stage;
beforeAll(() => {
  stage = createStage();
  stage.write(twoPackages);
  build('');
});
afterAll(() => stage.remove());

const go = (args: readonly string[], env: Readonly<Record<string, string>>) => stage.run('go', args, { env });

function build(
  flags: string,
  more: Readonly<Record<string, string>> = {},
): { compiled: number; linked: number } {
  const out = join(stage.dir, 'program');
  const { code, stderr } = go(['build', '-x', '-o', out, '.'], { GOFLAGS: flags, ...more });
  expect(code, stderr).toBe(0);
  const count = (tool: string) => stderr.split('\n').filter((line) => line.includes(`/${tool} `)).length;
  return { compiled: count('compile'), linked: count('link') };
}

/** Whether the second of two runs of the tests takes the result of the first. */
function reusesTests(first: string, second: string): boolean {
  go(['test', './lib'], { GOFLAGS: first });
  return go(['test', './lib'], { GOFLAGS: second }).stdout.includes('(cached)');
}

test('-a and gocacheverify compile everything every time', () => {
  expect(build('').compiled).toBe(0);
  expect(build('-a').compiled).toBeGreaterThan(5);
  expect(build('', { GODEBUG: 'gocacheverify=1' }).compiled).toBeGreaterThan(5);
});

test('a time in -ldflags links anew, and takes test results away', () => {
  build('-ldflags=-X=main.at=1');
  expect(build('-ldflags=-X=main.at=2').linked).toBe(1);
  expect(reusesTests('', '')).toBe(true);
  expect(reusesTests('-ldflags=-X=main.at=3', '-ldflags=-X=main.at=4')).toBe(false);
});

test('-count takes test results away', () => {
  expect(reusesTests('-count=1', '-count=1')).toBe(false);
});

test('-trimpath has results of its own beside the others: neither defeats the cache', () => {
  build('-trimpath');
  build('');
  expect(build('-trimpath').compiled).toBe(0);
  expect(build('').compiled).toBe(0);
});

test('-work leaves directories behind', () => {
  const temporary = join(stage.dir, 'temporary');
  mkdirSync(temporary);
  build('-work', { GOTMPDIR: temporary });
  build('', { GOTMPDIR: temporary });
  expect(readdirSync(temporary)).toHaveLength(1);
});
