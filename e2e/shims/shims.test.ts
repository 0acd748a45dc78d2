import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { version } from './shim-contract.ts';
import { createStage, installPrograms, releases, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(() => {
  installPrograms(['zsh', 'fish']);
  stage = createStage('native');
});
afterAll(() => stage?.remove());

/** What `go version` says in a directory. */
function goIn(cwd: string, env: Readonly<Record<string, string>> = {}): string {
  const { status, stdout, stderr } = stage.run('go version', { cwd, env });
  return status === 0 ? version(stdout) : stderr;
}

test('with GOFLEET_AUTO_INSTALL=1 a missing release is fetched, verified and run', () => {
  const cwd = stage.write('auto', { '.go-version': releases[0].slice(2) });
  const env = { GOFLEET_CACHE: join(stage.root, 'another cache'), ...stage.upstream };
  expect(goIn(cwd, env)).toContain('is not installed');
  expect(goIn(cwd, { ...env, GOFLEET_AUTO_INSTALL: '1' })).toBe(releases[0]);
  expect(goIn(cwd, env)).toBe(releases[0]);
});

test('toolchain use pins a directory, or says what decides instead', () => {
  const cwd = stage.write('use', {
    'go.mod': 'module example.test/m\n\ngo 1.24\n',
    '.tool-versions': 'golang 1.24.11 # why\n',
  });
  const use = (wanted: string): { holds: boolean; runs: { version: string } } =>
    JSON.parse(stage.gofleet(['toolchain', 'use', wanted, '--json'], { cwd }).stdout);
  expect(use('1.24')).toMatchObject({ holds: true, runs: { version: 'go1.24.11' } });
  expect(use('1.22.12')).toMatchObject({ holds: false, reason: { file: join(cwd, 'go.mod'), line: 3 } });
  expect(stage.gofleet(['toolchain', 'use', '1.99'], { cwd })).toMatchObject({ status: 3 });
  const nowhere = stage.write('use nowhere', {});
  mkdirSync(nowhere);
  expect(stage.gofleet(['toolchain', 'use', '1.22.12', '--default']).status).toBe(0);
  expect(goIn(nowhere)).toBe('go1.22.12');
  const chosen = join(stage.root, 'home/.config/gofleet/go-version');
  writeFileSync(chosen, 'go1.99.3\n');
  expect(goIn(nowhere)).toBe(
    `gofleet: go1.99.3 is not installed; ${chosen}:1 wants it: go1.99.3; install it: gofleet toolchain install 1.99.3\n`,
  );
  rmSync(chosen);
  expect(goIn(nowhere)).not.toBe('go1.22.12');
});

test.each(['bash', 'zsh', 'fish'])(
  '%s has the shims first in PATH, once, however often it is told',
  (shell) => {
    const { stdout: setup } = stage.gofleet(['shell', shell]);
    const print = shell === 'fish' ? 'string join : $PATH' : 'printf "%s\\n" "$PATH"';
    const { stdout } = stage.run(`${setup}${setup}${print}`, {
      shell: [shell],
      env: { PATH: `/some where:${stage.shims}:${process.env.PATH}:${stage.shims}` },
    });
    const folders = stdout.trim().split(':');
    expect(folders.slice(0, 2)).toEqual([stage.shims, '/some where']);
    expect(folders.filter((folder) => folder === stage.shims)).toHaveLength(1);
  },
);

test('status finds what is wrong, and a folder of something else is left alone', () => {
  const behind = stage.gofleet(['shims', 'status', '--json'], {
    env: { PATH: `${process.env.PATH}:${stage.shims}` },
  });
  expect(behind.status).toBe(1);
  expect(behind.stdout).toContain('cli.shims-not-first');
  const other = stage.write('something else', { file: '' });
  expect(stage.gofleet(['shims', 'install', '--dir', other])).toMatchObject({ status: 3 });
  expect(stage.gofleet(['shims', 'uninstall', '--dir', other]).status).toBe(0);
  expect(readdirSync(other)).toEqual(['file']);
});
