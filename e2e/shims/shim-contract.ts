import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { age, createStage, type Ran, type ShimKind, type Stage } from './stage.ts';

const program = `package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

func main() { fmt.Println(runtime.Version(), strings.Join(os.Args[1:], "|"), os.Getenv("version"), os.Getenv("IFS")) }
`;

/** The Go that `go version` says it is. */
export const version = (stdout: string): string => stdout.split(' ')[2] ?? '';
const goMod = (lines: string): string => `module example.test/m\n\n${lines}\n`;

/** What both kinds of shims promise; returns the stage, which is there while tests run. */
export function testShims(kind: ShimKind): () => Stage {
  let stage: Stage;
  beforeAll(() => {
    stage = createStage(kind);
  });
  afterAll(() => stage?.remove());

  const versionOrError = ({ status, stdout, stderr }: Ran): string =>
    status === 0 ? version(stdout) : stderr;
  /** What `go version` says in a directory. */
  const goIn = (cwd: string, env: Readonly<Record<string, string>> = {}): string =>
    versionOrError(stage.run('go version', { cwd, env }));
  const remembered = (cwd: string, env: Readonly<Record<string, string>> = {}): string =>
    versionOrError(stage.runRemembered('go version', { cwd, env }));

  test.each([
    ['a .go-version', { '.go-version': '1.22.12\n' }, 'go1.22.12'],
    ['with a byte order mark and CRLF', { '.go-version': '\uFEFF1.22.12\r\n' }, 'go1.22.12'],
    ['a minor', { '.go-version': '1.24\n' }, 'go1.24.11'],
    ['a .tool-versions', { '.tool-versions': 'nodejs 24\r\ngolang 1.22.12\r\n' }, 'go1.22.12'],
    ['a mise.toml', { 'mise.toml': '[tools]\ngo = "1.24"\n' }, 'go1.24.11'],
    ['a go.mod that asks for more', { 'go.mod': goMod('go 1.24.11'), '.go-version': '1.22.12' }, 'go1.24.11'],
    [
      'a toolchain line',
      { 'go.mod': goMod('go 1.21\n\ntoolchain go1.24.11'), '.go-version': '1.22.12' },
      'go1.24.11',
    ],
    ['a go.mod that asks for less', { 'go.mod': goMod('go 1.21'), '.go-version': '1.22.12' }, 'go1.22.12'],
  ])('%s four levels up decides, and the second call asks nobody', (name, files, expected) => {
    const cwd = join(stage.write(`declared/${name}`, files), 'one/two/three/four');
    mkdirSync(cwd, { recursive: true });
    expect(goIn(cwd)).toBe(expected);
    expect(remembered(cwd)).toBe(expected);
    expect(remembered(join(cwd, '..'))).toBe(expected);
  });

  test('a path with a line end works; it is only not remembered', () => {
    const cwd = stage.write('line\nend', { '.go-version': '1.22.12' });
    expect(goIn(cwd)).toBe('go1.22.12');
    expect(remembered(cwd)).not.toBe('go1.22.12');
  });

  test('a changed, replaced, new or deleted version file is noticed', () => {
    const cwd = stage.write('changes', { '.go-version': '1.22.12' });
    const file = join(cwd, '.go-version');
    const expectBoth = (expected: string): void => {
      expect(goIn(cwd)).toBe(expected);
      expect(remembered(cwd)).toBe(expected);
    };
    expectBoth('go1.22.12');
    writeFileSync(file, '1.24.11');
    expect(goIn(cwd)).toBe('go1.24.11');
    age(file);
    expectBoth('go1.24.11');
    // An older file in its place, as mv, tar and rsync leave it.
    stage.write('changes', { other: '1.22.12' });
    age(join(cwd, 'other'), 3600);
    renameSync(join(cwd, 'other'), file);
    expectBoth('go1.22.12');
    const nearer = stage.write('changes/below', { '.tool-versions': 'golang 1.24.11' });
    expect(goIn(nearer)).toBe('go1.24.11');
    rmSync(join(nearer, '.tool-versions'));
    expect(remembered(nearer)).toBe('go1.22.12');
    rmSync(file);
    expect(goIn(cwd)).not.toBe('go1.22.12');
  });

  test('a file that may change again within its second is asked about each time', () => {
    const cwd = stage.write('young', {});
    mkdirSync(cwd);
    for (const wanted of ['1.22.12', '1.24.11', '1.22.12', '1.24.11']) {
      writeFileSync(join(cwd, '.go-version'), wanted);
      expect(goIn(cwd)).toBe(`go${wanted}`);
    }
  });

  test('cd, cd in a subshell and -C each decide for themselves', () => {
    const a = stage.write('cd/a', { '.go-version': '1.22.12' });
    const b = stage.write('cd/b', { '.go-version': '1.24.11' });
    const script = 'cd ../a; (cd ../b; go version); go version; go -C ../b version; go version -C=../b';
    const { stdout } = stage.run(script, { cwd: b });
    expect(stdout.trim().split('\n').map(version)).toEqual([
      'go1.24.11',
      'go1.22.12',
      'go1.24.11',
      'go1.24.11',
    ]);
    expect(a).not.toBe(b);
  });

  test('links are followed as the go command follows them: by the way that the shell took', () => {
    const target = stage.write('links/real/inner', {});
    mkdirSync(target, { recursive: true });
    stage.write('links/real', { '.go-version': '1.22.12' });
    const way = stage.write('links/way', { '.go-version': '1.24.11' });
    symlinkSync(target, join(way, 'link'));
    expect(goIn(join(way, 'link'))).toBe('go1.24.11');
    expect(goIn(target)).toBe('go1.22.12');
    expect(version(stage.run('cd -P . && go version', { cwd: join(way, 'link') }).stdout)).toBe('go1.22.12');
  });

  test('GOTOOLCHAIN of the user counts, and Go never switches behind a shim', () => {
    const cwd = stage.write('gotoolchain', { 'go.mod': goMod('go 1.24.11'), '.go-version': '1.22.12' });
    expect(goIn(cwd, { GOTOOLCHAIN: 'go1.22.12' })).toBe('go1.22.12');
    expect(goIn(cwd, { GOTOOLCHAIN: 'go1.22.12+auto' })).toBe('go1.24.11');
    expect(remembered(cwd, { GOTOOLCHAIN: 'go1.22.12' })).toBe('go1.22.12');
    expect(remembered(cwd)).not.toBe('go1.22.12');
    expect(goIn(cwd, { GOTOOLCHAIN: '../go' })).toMatch(/^gofleet: .*GOTOOLCHAIN.*\n$/);
    const { stdout } = stage.run('go env GOTOOLCHAIN', { cwd, env: { GOROOT: '/no/such' } });
    expect(stdout).toBe('local\n');
    // What a shim sets for its children is not taken for the user's wish.
    const nested = stage.run('GOTOOLCHAIN=local GOFLEET_SHIM=1, go version', { cwd });
    expect(version(nested.stdout)).toBe('go1.24.11');
  });

  test('what is missing takes one line: what, why, and the command that installs it', () => {
    const cwd = stage.write('missing', {
      'go.mod': goMod('go 1.21\n\ntoolchain go1.99.7'),
      '.go-version': '1.22.12',
    });
    const { status, stdout, stderr } = stage.run('go build', { cwd });
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    expect(stderr).toBe(
      `gofleet: go1.99.7 is not installed; ${cwd}/go.mod:5 wants it: toolchain go1.99.7; install it: gofleet toolchain install 1.99.7\n`,
    );
    const minor = stage.write('missing minor', { '.go-version': '1.98' });
    expect(goIn(minor)).toContain(
      `${minor}/.go-version:1 wants it: 1.98; install it: gofleet toolchain install 1.98\n`,
    );
  });

  test('a malformed version file takes one line with its place', () => {
    const cwd = stage.write('malformed', { '.go-version': '\n  one.two\n' });
    const { status, stderr } = stage.run('go version', { cwd });
    expect({ status, lines: stderr.split('\n').length }).toEqual({ status: 3, lines: 2 });
    expect(stderr).toContain(`${cwd}/.go-version:2`);
  });

  test('a version file that may not be read takes one line; no other Go runs in its stead', () => {
    const cwd = stage.write('forbidden', { '.go-version': '1.22.12' });
    // Root reads everything until it gives that up.
    const giveUp = 'setpriv --bounding-set -dac_override,-dac_read_search';
    const asUser = process.getuid?.() === 0 ? giveUp : '';
    const { status, stdout, stderr } = stage.run(`chmod 0 .go-version; ${asUser} go version`, { cwd });
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    expect(stderr).toMatch(/^gofleet: .*\.go-version.*\n$/);
  });

  test('a directory that vanishes is the go command’s to complain about', () => {
    const cwd = stage.write('vanishing', {});
    mkdirSync(cwd);
    const { status, stderr } = stage.run(`rmdir '${cwd}'; go version`, { cwd });
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/getwd|no such file/);
  });

  test.each(['/dev/null/cache', '/proc/no/cache'])(
    'without a cache that can be written, as in %s, every call asks, and works',
    (cache) => {
      const cwd = stage.write('no cache', { 'go.mod': goMod('go 1.21') });
      expect(goIn(cwd, { GOFLEET_CACHE: cache })).toMatch(/^go1\./);
    },
  );

  test('a shim never runs a shim', () => {
    const cwd = stage.write('recursion', { 'go.mod': goMod('go 1.21') });
    const link = join(stage.root, 'link to shims');
    symlinkSync(stage.shims, link);
    const PATH = `${link}:${stage.shims}:${stage.shims}:${process.env.PATH}`;
    expect(goIn(cwd, { PATH })).toMatch(/^go1\./);
    const alone = join(stage.root, 'alone');
    mkdirSync(alone);
    symlinkSync(join(stage.shims, 'go'), join(alone, 'go'));
    expect(goIn(cwd, { PATH: `${alone}:${process.env.PATH}` })).toMatch(/^go1\./);
    rmSync(join(alone, 'go'));
    copyFileSync(join(stage.shims, 'go'), join(alone, 'go'));
    expect(goIn(cwd, { PATH: `${alone}:${process.env.PATH}` })).toMatch(/^go1\./);
    // Where every go in PATH is a shim, the newest installed release is the one that is left.
    expect(goIn(cwd, { PATH: `${alone}:${stage.shims}:/usr/bin:/bin` })).toMatch(/^go1\./);
    const toItself = stage.run('GOFLEET_SHIM="$$,"; export GOFLEET_SHIM; exec go version', { cwd });
    expect(toItself).toMatchObject({ status: 3, stdout: '' });
    expect(toItself.stderr).toContain('ran itself');
  });

  test('many first calls at once all get the right Go', async () => {
    const cwd = stage.write('at once', { '.go-version': '1.22.12' });
    const all = Array.from({ length: 6 }, async () => {
      const { HOME, GOFLEET_CACHE } = {
        HOME: join(stage.root, 'home'),
        GOFLEET_CACHE: join(stage.root, 'cache'),
      };
      const child = spawn(join(stage.shims, 'go'), ['version'], {
        cwd,
        env: { ...process.env, HOME, GOFLEET_CACHE, PWD: cwd },
      });
      let stdout = '';
      child.stdout.on('data', (chunk) => {
        stdout += String(chunk);
      });
      await once(child, 'close');
      return version(stdout);
    });
    expect(new Set(await Promise.all(all))).toEqual(new Set(['go1.22.12']));
  });

  test('what go install makes has a shim at once, keeps a copy per release, and hides no other program', () => {
    const cwd = stage.write('install', {
      'go.mod': goMod('go 1.21'),
      '.go-version': '1.22.12',
      'hello/main.go': program,
      'ls/main.go': program,
    });
    const env = { version: '7', GOFLAGS: '-mod=mod' };
    const first = stage.run('go install ./... && hello "a b" c', { cwd, env });
    expect(first.stdout).toBe('go1.22.12 a b|c 7 \n');
    expect(first.stderr).toMatch(/^gofleet: ls gets no shim: \/.*\/ls has that name\n$/);
    expect(existsSync(join(stage.root, 'home/go/bin/hello'))).toBe(true);
    const newer = stage.write('install newer', { '.go-version': '1.24.11' });
    expect(stage.run('GOTOOLCHAIN=go1.24.11 go install ./hello', { cwd, env }).status).toBe(0);
    expect(stage.runRemembered('hello', { cwd }).stdout).toMatch(/^go1\.22\.12 /);
    expect(stage.run('hello', { cwd: newer }).stdout).toMatch(/^go1\.24\.11 /);
    // Where the Go that is wanted is missing, a binary that does not need it still runs.
    const missing = stage.write('install missing', { '.go-version': '1.99.1' });
    expect(stage.run('hello', { cwd: missing })).toMatchObject({ status: 0, stderr: '' });
    const { tools } = JSON.parse(stage.gofleet(['shims', 'status', '--json']).stdout);
    expect(tools).toEqual([{ name: 'hello', releases: ['go1.22.12', 'go1.24.11'] }]);
    const which = stage.gofleet(['toolchain', 'which', 'hello'], { cwd });
    expect(which.stdout.trim()).toBe(join(stage.shims, '.tools/go1.22.12/hello'));
    expect(stage.gofleet(['shims', 'forget', 'hello']).status).toBe(0);
    expect(readdirSync(stage.shims)).not.toContain('hello');
    expect(stage.gofleet(['shims', 'forget', 'hello'])).toMatchObject({ status: 3 });
  });

  return () => stage;
}
