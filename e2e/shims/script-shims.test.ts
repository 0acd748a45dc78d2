import { beforeAll, expect, test } from 'vitest';
import { testShims, version } from './shim-contract.ts';
import { installPrograms, withoutNode } from './stage.ts';

const stage = testShims('script');
beforeAll(() => installPrograms(['busybox']));

test.each([[['dash']], [['bash']], [['busybox', 'ash']]])('the script runs in %j', (shell) => {
  const cwd = stage().write(`shells/${shell.join('-')}/with "quotes', $dollars and spaces"`, {
    '.go-version': '1.22.12',
  });
  const script = `${shell.join(' ')} ${stage().shims}/go version`;
  expect(version(stage().run(script, { cwd }).stdout)).toBe('go1.22.12');
  expect(version(stage().run(script, { cwd, env: withoutNode }).stdout)).toBe('go1.22.12');
  const gofmt = stage().run(`printf 'package  a\\n' | ${shell.join(' ')} ${stage().shims}/gofmt`, {
    cwd,
    env: withoutNode,
  });
  expect(gofmt.stdout).toBe('package a\n');
});
