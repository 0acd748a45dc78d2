import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'gofleet-e2e-image-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function pack(name: string): { file: string; imageId: string; sizeBytes: number } {
  const args = ['image', '-o', join(dir, name), '--json'];
  return JSON.parse(execFileSync(join(root, 'gofleet'), args, { cwd: root, encoding: 'utf8' }));
}

const digestOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

/** The image's files, lower layers first. */
function unpack(archive: string): string {
  const [layers, files] = [join(dir, 'layers'), join(dir, 'files')];
  for (const folder of [layers, files]) mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['-xf', archive, '-C', layers]);
  const [manifest] = JSON.parse(readFileSync(join(layers, 'manifest.json'), 'utf8'));
  for (const layer of manifest.Layers) execFileSync('tar', ['-xpf', join(layers, layer), '-C', files]);
  return files;
}

test('the image is the same bytes each time, and runs without anything of this machine', () => {
  const [first, second] = [pack('first.tar'), pack('second.tar')];
  expect(second.imageId).toBe(first.imageId);
  expect(digestOf(second.file)).toBe(digestOf(first.file));
  const files = unpack(first.file);
  // Containers have one, and git wants it.
  mkdirSync(join(files, 'dev'), { recursive: true });
  execFileSync('mknod', ['-m', '666', join(files, 'dev', 'null'), 'c', '1', '3']);
  const run = (...command: string[]) =>
    execFileSync('chroot', ['--userspec=65532:65532', files, ...command], {
      encoding: 'utf8',
      env: {
        PATH: '/gofleet/go/bin:/usr/bin:/usr/sbin',
        GOROOT: '/gofleet/go',
        HOME: '/tmp',
        GOTOOLCHAIN: 'local',
      },
    });
  expect(run('/gofleet/node', '/gofleet/gofleet.mjs', '--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(run('/gofleet/node', '/gofleet/gofleet.mjs', 'builder', '--help')).toContain('--listen-port');
  expect(run('mount', '--version')).toContain('util-linux');
  expect(run('git', '--version')).toMatch(/^git version /);
  expect(run('go', 'version')).toMatch(/^go version go1\./);
});
