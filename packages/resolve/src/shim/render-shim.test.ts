import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { renderAnswer } from './render-answer.ts';
import { renderShim } from './render-shim.ts';

const script = renderShim({
  folder: "/home/o'neil/shims",
  gofleet: ['/usr/bin/node', "/opt/o'neil/gofleet.mjs"],
  fileNames: ['go.mod', '.go-version'],
  variables: ['GOWORK'],
  edition: 'abc',
});

test('the script is one that a POSIX shell can parse', () => {
  expect(execFileSync('/bin/sh', ['-n'], { input: script, encoding: 'utf8' })).toBe('');
});

test('its variables have a prefix, so that it changes none of the environment of what it runs', () => {
  const assigned = [...script.matchAll(/(?:^|[\s;{(])([A-Za-z_]\w*)=/g)].map(([, name]) => name);
  const own = assigned.filter((name) => !name?.startsWith('gf_'));
  expect(new Set(own)).toEqual(
    new Set(['GOTOOLCHAIN', 'IFS', 'GOFLEET_SHIM', 'GOFLEET_RESOLVING', 'CDPATH']),
  );
});

test('an answer sets its target only when every condition holds', () => {
  const answer = renderAnswer(
    { version: 'go1.26.8', goRoot: "/o'neil/go" },
    { found: '/m/go.mod\n', context: "a\nb'c", files: [], absent: ['/no/such/file'], path: undefined },
  );
  const ask = (found: string): string =>
    execFileSync(
      '/bin/sh',
      ['-c', `gf_found=$1 gf_context=$2\n${answer}\nprintf %s "\${gf_root-none}"`, 'sh', found, "a\nb'c"],
      {
        encoding: 'utf8',
      },
    );
  expect(ask('/m/go.mod\n')).toBe("/o'neil/go");
  expect(ask('/m/go.mod\n/go.work\n')).toBe('none');
});
