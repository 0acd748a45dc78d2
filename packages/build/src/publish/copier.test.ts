import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { renderCopier } from './copier.ts';

const dir = mkdtempSync(join(tmpdir(), 'gofleet-copier-'));
afterAll(() => rmSync(dir, { recursive: true }));

const at = (name: string): string => join(dir, name);
const arch = process.arch === 'x64' ? 'amd64' : process.arch;
writeFileSync(at('copier'), renderCopier(arch) ?? '', { mode: 0o755 });
const copy = (...paths: readonly string[]): number | null => spawnSync(at('copier'), paths).status;

test('copies a file whole, executable and read-only, over what was there', () => {
  const content = Buffer.alloc(5 << 20, 'program');
  writeFileSync(at('from'), content);
  writeFileSync(at('to'), 'older, and longer than nothing', { mode: 0o600 });
  expect(spawnSync('sh', ['-c', `umask 077; ${at('copier')} ${at('from')} ${at('to')}`]).status).toBe(0);
  expect(readFileSync(at('to')).equals(content)).toBe(true);
  expect(statSync(at('to')).mode & 0o777).toBe(0o555);
});

test('an executable that runs meanwhile is replaced, not written to', () => {
  writeFileSync(at('running'), readFileSync('/bin/sleep'), { mode: 0o755 });
  const { stdout } = spawnSync('sh', [
    '-c',
    `${at('running')} 5 & child=$!; ${at('copier')} ${at('from')} ${at('running')}; echo $?; kill $child`,
  ]);
  expect(String(stdout).trim()).toBe('0');
});

test('what fails ends it with its errno', () => {
  expect(copy(at('nothing'), at('to'))).toBe(2);
  expect(copy(at('from'), at('no-folder/to'))).toBe(2);
  expect(copy(dir, at('to'))).not.toBe(0);
  expect(copy()).toBe(14);
});

test('another processor has another program; an unknown one has none', () => {
  expect(renderCopier('arm64')?.readUInt16LE(18)).toBe(183);
  expect(renderCopier('mips')).toBeUndefined();
});
