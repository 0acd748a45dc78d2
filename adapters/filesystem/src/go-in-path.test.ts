import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findGoInPath } from './go-in-path.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'gofleet-path-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A directory with a `go` in it that is no Go: it would leave a file behind if it were run. */
function script(name: string): string {
  const folder = join(dir, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'go'), `#!/bin/sh\ntouch ${join(dir, 'was-run')}\n`);
  chmodSync(join(folder, 'go'), 0o755);
  return folder;
}

function goRoot(name: string, version: string): string {
  const bin = script(`${name}/bin`);
  writeFileSync(join(dir, name, 'VERSION'), version);
  return bin;
}

test('shims, relative and missing directories are passed over', () => {
  const bin = goRoot('sdk', 'go1.26.8\ntime 2026-01-01T00:00:00Z\n');
  const path = [script('shims'), '', 'relative', join(dir, 'missing'), bin].join(':');
  expect(findGoInPath(path)).toEqual({
    goVersion: 'go1.26.8',
    goRoot: join(dir, 'sdk'),
    program: join(bin, 'go'),
  });
});

test('a link to the go of a release leads to its GOROOT', () => {
  const bin = goRoot('linked', 'go1.25.3');
  const folder = join(dir, 'usr-bin');
  mkdirSync(folder);
  symlinkSync(join(bin, 'go'), join(folder, 'go'));
  expect(findGoInPath(folder)).toMatchObject({ goVersion: 'go1.25.3', goRoot: join(dir, 'linked') });
});

test('a development tree; a VERSION of something else; a file that may not be run', () => {
  expect(findGoInPath(goRoot('devel', 'devel go1.27-0123abcd'))).toMatchObject({
    goVersion: 'devel go1.27-0123abcd',
  });
  expect(findGoInPath(goRoot('other', '1.2.3'))).toBeUndefined();
  const plain = goRoot('plain', 'go1.26.8');
  chmodSync(join(plain, 'go'), 0o644);
  expect(findGoInPath(plain)).toBeUndefined();
  expect(findGoInPath('')).toBeUndefined();
});

test('nothing was run', () => {
  expect(existsSync(join(dir, 'was-run'))).toBe(false);
});
