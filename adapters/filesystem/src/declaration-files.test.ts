import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { declarationFiles } from './declaration-files.ts';
import { walkDeclarationTree } from './declaration-tree.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'gofleet-files-'));
  chmodSync(dir, 0o755);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function write(path: string, text: string): string {
  const whole = join(dir, path);
  mkdirSync(join(whole, '..'), { recursive: true });
  writeFileSync(whole, text);
  return whole;
}

/** Permissions mean nothing to root. */
function asNobody<T>(run: () => T): T {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  try {
    return run();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

test('text with its byte order mark; links are followed; directories and what is missing are none', () => {
  const path = write('go.mod', '\ufeffmodule m\r\n');
  symlinkSync(path, join(dir, 'link'));
  symlinkSync('nowhere', join(dir, 'broken'));
  symlinkSync('circle', join(dir, 'circle'));
  expect(declarationFiles.read(join(dir, 'link'))).toBe('\ufeffmodule m\r\n');
  for (const name of ['.', 'missing', 'go.mod/below', 'broken', 'circle']) {
    expect(declarationFiles.read(join(dir, name)), name).toBeUndefined();
  }
  expect(declarationFiles.list(join(dir, 'gone'))).toEqual([]);
});

test('no permission is an error that names the file; in a closed directory nothing is there', () => {
  const path = write('closed/.go-version', '1.26.8\n');
  chmodSync(path, 0o000);
  asNobody(() => {
    expect(() => declarationFiles.read(path)).toThrow(
      expect.objectContaining({ code: 'declare.unreadable', message: `${path}: no permission to read` }),
    );
  });
  chmodSync(join(dir, 'closed'), 0o000);
  asNobody(() => expect(declarationFiles.read(path)).toBeUndefined());
  chmodSync(join(dir, 'closed'), 0o755);
});

test('a pipe is not waited for, and what is too large is not read', () => {
  const pipe = join(dir, 'pipe');
  execFileSync('mkfifo', [pipe]);
  expect(() => declarationFiles.read(pipe)).toThrow(expect.objectContaining({ code: 'declare.unreadable' }));
  const large = write('large', 'x'.repeat((16 << 20) + 1));
  expect(() => declarationFiles.read(large)).toThrow(expect.objectContaining({ code: 'declare.unreadable' }));
});

test('a tree: what Go passes over is passed over, workflows are not', () => {
  const tree = join(dir, 'tree');
  for (const path of [
    'a/go.mod',
    '.git/go.mod',
    '_x/go.mod',
    'vendor/m/go.mod',
    'a/testdata/go.mod',
    'node_modules/go.mod',
  ]) {
    write(`tree/${path}`, 'module m\n');
  }
  write('tree/.github/workflows/ci.yml', 'jobs: {}\n');
  symlinkSync('..', join(tree, 'a', 'up'));
  const { directories, files } = walkDeclarationTree(tree);
  expect([...directories.keys()].map((path) => path.slice(tree.length))).toEqual([
    '',
    '/.github',
    '/.github/workflows',
    '/a',
  ]);
  expect(files.read(join(tree, 'a/go.mod'))).toBe('module m\n');
  expect(files.read(join(tree, 'a/go.work'))).toBeUndefined();
  expect(files.read(join(dir, 'go.mod'))).toBe('\ufeffmodule m\r\n');
});

test('a directory that vanished is an empty tree', () => {
  const { directories } = walkDeclarationTree(join(dir, 'vanished'));
  expect([...directories.values()]).toEqual([[]]);
});

test('a file that vanishes after it was listed is none', () => {
  const path = write('vanishing/go.mod', 'module m\n');
  const { files } = walkDeclarationTree(join(dir, 'vanishing'));
  rmSync(path);
  expect(files.read(path)).toBeUndefined();
});
