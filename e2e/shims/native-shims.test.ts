import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testShims, version } from './shim-contract.ts';

const stage = testShims('native');

const main = `package main

import (
	"fmt"
	"os"
)

func main() { fmt.Printf("%q %s\\n", os.Args[1:], os.Getenv("own")) }
`;

/** The answer that the native shim has for a directory. */
function answerOf(directory: string): string {
  const answers = join(stage().root, 'cache/shims');
  const [edition = ''] = readdirSync(answers);
  return join(answers, edition, directory, '.native,,');
}

test('what it hands over reaches the Go argument by argument, with the environment', () => {
  const cwd = stage().write('handing over', {
    '.go-version': '1.22.12',
    'go.mod': 'module m\n',
    'a/main.go': main,
  });
  const argv = `"two words" '' "it's" '*' '$HOME' -C`;
  const asked = stage().run(`go run ./a ${argv}`, { cwd, env: { own: 'kept' } });
  expect(asked.stdout).toBe('["two words" "" "it\'s" "*" "$HOME" "-C"] kept\n');
  expect(stage().runRemembered(`go run ./a ${argv}`, { cwd, env: { own: 'kept' } }).stdout).toBe(
    asked.stdout,
  );
  expect(stage().run(`go -C a run . ${argv}`, { cwd, env: { own: 'kept' } }).stdout).toBe(asked.stdout);
});

test.each([
  ['is cut off', (answer: string) => answer.slice(0, -3)],
  ['ends before its target', (answer: string) => answer.replace(/v[^\0]*\0r[^\0]*\0$/, '')],
  ['has a condition of a kind that is not known', (answer: string) => `?\0${answer}`],
  ['has a time that is no number', (answer: string) => answer.replace(/\0t\d+/, '\0tx')],
  ['names a Go that is not there', (answer: string) => answer.replace(/\0r[^\0]*/, '\0r/no/such')],
  ['is longer than any', (answer: string) => answer.replace('\0v', `\0a/${'x'.repeat(1 << 16)}\0v`)],
  ['is empty', () => ''],
])('an answer that %s is for the script', (name, change) => {
  const cwd = stage().write(`answers/${name}`, { '.go-version': '1.22.12' });
  stage().run('go version', { cwd });
  const path = answerOf(cwd);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
  expect(stage().runRemembered('go version', { cwd }).status).not.toBe(0);
  expect(version(stage().run('go version', { cwd }).stdout)).toBe('go1.22.12');
});

test('names that are too long for it are for the script', () => {
  const cwd = stage().write('long', { '.go-version': '1.22.12' });
  const env = { XDG_CONFIG_HOME: `/${'x/'.repeat(20_000)}` };
  expect(version(stage().run('go version', { cwd, env }).stdout)).toBe('go1.22.12');
});

test('a PWD that is not true, or has dots, is not believed', () => {
  const cwd = stage().write('where', { '.go-version': '1.22.12', 'below/.go-version': '1.24.11' });
  for (const PWD of ['/', `${cwd}/below/..`, `${cwd}/./below`, 'below', '', '/no/such']) {
    stage().run('go version', { cwd });
    const ran = stage().runRemembered(`PWD='${PWD}' go version`, { cwd });
    expect(version(ran.stdout), PWD).toBe('go1.22.12');
  }
});

test('every moment of a file counts, to the nanosecond', () => {
  const cwd = stage().write('moments', { '.go-version': '1.22.12' });
  const touch = (time: string): unknown => stage().run(`touch -d '${time}' .go-version`, { cwd });
  for (const time of [
    '1969-12-31T23:59:58.25',
    '2001-02-03T04:05:06.000000001',
    '2001-02-03T04:05:06.000000002',
  ]) {
    touch(time);
    expect(stage().runRemembered('go version', { cwd }).status, time).not.toBe(0);
    stage().run('sleep 0.05; go version', { cwd });
    expect(version(stage().runRemembered('go version', { cwd }).stdout), time).toBe('go1.22.12');
  }
});

test.each([
  ['there is no C compiler', { CC: 'no-such-compiler' }, 'no-such-compiler cannot be started'],
  [
    'the processor is none that it knows',
    { CC: 'cc -U__x86_64__ -U__aarch64__' },
    'no system calls are known',
  ],
  ['what it makes does not run', { CC: 'cc -Dbegin=other -Wl,--defsym=begin=0' }, 'ended its trial'],
])('where %s, the script is what there is', (name, env, because) => {
  const folder = join(stage().root, 'fallback', name);
  const { status, stdout } = stage().gofleet(['shims', 'install', '--json', '--dir', folder], { env });
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ native: false, because: expect.stringContaining(because) });
  expect(readdirSync(folder).sort()).toEqual(['.gofleet-shims', '.shim.sh', 'go', 'gofmt']);
  const cwd = stage().write('fallback go', { '.go-version': '1.22.12' });
  expect(version(stage().run(`'${folder}/go' version`, { cwd }).stdout)).toBe('go1.22.12');
});
