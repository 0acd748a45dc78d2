import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyTree } from './copy-tree.ts';
import { findModule } from './find-module.ts';
import { findMainFiles } from './main-files.ts';
import { unzip } from './unzip.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'gofleet-source-'));
  const files = {
    'go.mod': 'module example.com/root\n',
    'main.go': 'package main\n',
    'cmd/a/main.go': '// A comment.\n\npackage main\n',
    'cmd/a/more.go': 'package main\n',
    'cmd/a/main_test.go': 'package main\n',
    'nested/v2/go.mod': 'module "example.com/root/nested/v2"\n',
    'testdata/go.mod': 'module example.com/no\n',
    '.git/config': '',
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, 'tree', name)), { recursive: true });
    writeFileSync(join(dir, 'tree', name), text);
  }
  symlinkSync('main.go', join(dir, 'tree', 'link.go'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('a module is found by its go.mod, wherever it lies', async () => {
  const root = join(dir, 'tree');
  expect(await findModule(root, 'example.com/root')).toBe(root);
  expect(await findModule(root, 'example.com/root/nested/v2')).toBe(join(root, 'nested', 'v2'));
  expect(await findModule(root, 'example.com/no')).toBeUndefined();
});

test('a copy has everything but the repository', async () => {
  await copyTree(join(dir, 'tree'), join(dir, 'copy'));
  expect(readFileSync(join(dir, 'copy', 'link.go'), 'utf8')).toBe('package main\n');
  expect(() => readFileSync(join(dir, 'copy', '.git', 'config'))).toThrow();
});

test.each([
  [['/workspace/cmd/a/main.go'], { files: ['cmd/a/main.go'], recorded: '/workspace' }],
  [['/w/cmd/a/main.go', '/w/cmd/a/more.go'], { files: ['cmd/a/main.go', 'cmd/a/more.go'], recorded: '/w' }],
  [['command-line-arguments/more.go'], { files: ['cmd/a/more.go'] }],
  [[], { files: ['main.go'] }],
])('the files of a main package: %j', async (names, expected) => {
  expect(await findMainFiles(join(dir, 'tree'), names)).toEqual(expected);
});

test('what is no zip, or leads out of the folder, is refused', async () => {
  const name = '../out';
  const head = Buffer.alloc(30);
  head.write('PK\x03\x04', 'latin1');
  head.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46);
  central.write('PK\x01\x02', 'latin1');
  central.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length + name.length, 12);
  end.writeUInt32LE(head.length + name.length, 16);
  writeFileSync(
    join(dir, 'out.zip'),
    Buffer.concat([head, Buffer.from(name), central, Buffer.from(name), end]),
  );
  writeFileSync(join(dir, 'none.zip'), 'no zip');
  for (const file of ['out.zip', 'none.zip']) {
    await expect(unzip(join(dir, file), join(dir, 'unzipped'))).rejects.toMatchObject({
      code: 'build.bad-archive',
    });
  }
});
