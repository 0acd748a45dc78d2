import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packDockerArchive } from './docker-archive.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gofleet-oci-'));
  await writeFile(join(dir, 'program'), Buffer.alloc(3_000_001, 7), { mode: 0o755 });
});
afterAll(() => rm(dir, { recursive: true }));

const content = () => ({
  repoTag: 'gofleet.dev/test:v1',
  entrypoint: ['/bin/program', '--flag'],
  user: '65532:65532',
  env: { A: '1' },
  labels: { b: '2' },
  files: [
    { path: '/bin/program', source: join(dir, 'program') },
    { path: '/etc/text', bytes: 'hello', mode: 0o600, uid: 5 },
    { path: '/tmp', directory: true as const, mode: 0o1777 },
    { path: '/link', linkTo: 'bin/program' },
  ],
});

const tar = (...args: string[]) => execFileSync('tar', args).toString();

test('an archive holds a manifest, a configuration and layers whose digests are right', async () => {
  const out = join(dir, 'image.tar');
  const packed = await packDockerArchive(content(), out);
  const [manifest] = JSON.parse(tar('-xOf', out, 'manifest.json'));
  expect(manifest.RepoTags).toEqual(['gofleet.dev/test:v1']);
  const config = execFileSync('tar', ['-xOf', out, manifest.Config]);
  expect(`sha256:${createHash('sha256').update(config).digest('hex')}`).toBe(packed.imageId);
  const parsed = JSON.parse(config.toString());
  expect(parsed.config).toMatchObject({
    Entrypoint: ['/bin/program', '--flag'],
    User: '65532:65532',
    Env: ['A=1'],
  });
  const layer = execFileSync('tar', ['-xOf', out, manifest.Layers[0]], { maxBuffer: 1e8 });
  expect(parsed.rootfs.diff_ids).toEqual([`sha256:${createHash('sha256').update(layer).digest('hex')}`]);
  expect(parsed.rootfs.diff_ids).toEqual(packed.diffIds);
});

test('a layer has the folders on the way, modes, owners and links, and nothing of this moment', async () => {
  const out = join(dir, 'listed.tar');
  await packDockerArchive(content(), out);
  const [manifest] = JSON.parse(tar('-xOf', out, 'manifest.json'));
  await writeFile(
    join(dir, 'layer.tar'),
    execFileSync('tar', ['-xOf', out, manifest.Layers[0]], { maxBuffer: 1e8 }),
  );
  const lines = tar('--utc', '--full-time', '--numeric-owner', '-tvf', join(dir, 'layer.tar'))
    .trim()
    .split('\n');
  expect(lines.map((line) => line.replace(/\s+/g, ' '))).toEqual([
    'drwxr-xr-x 0/0 0 1970-01-01 00:00:00 bin/',
    '-rwxr-xr-x 0/0 3000001 1970-01-01 00:00:00 bin/program',
    'drwxr-xr-x 0/0 0 1970-01-01 00:00:00 etc/',
    '-rw------- 5/0 5 1970-01-01 00:00:00 etc/text',
    'lrwxrwxrwx 0/0 0 1970-01-01 00:00:00 link -> bin/program',
    'drwxrwxrwt 0/0 0 1970-01-01 00:00:00 tmp/',
  ]);
});

test('equal content gives equal bytes, in whatever order the files are named', async () => {
  const [one, two] = [join(dir, 'one.tar'), join(dir, 'two.tar')];
  await packDockerArchive(content(), one);
  await packDockerArchive({ ...content(), files: content().files.reverse() }, two);
  expect((await readFile(one)).equals(await readFile(two))).toBe(true);
});

test('a path named twice, a relative path and a missing source are refused and leave no file behind', async () => {
  const out = join(dir, 'bad.tar');
  const packing = (files: ReturnType<typeof content>['files']) =>
    packDockerArchive({ ...content(), files }, out);
  const text = { path: '/a', bytes: 'x', mode: 0o644, uid: 0 };
  await expect(packing([text, text])).rejects.toMatchObject({ code: 'oci.duplicate-path' });
  await expect(packing([{ ...text, path: '../a' }])).rejects.toMatchObject({ code: 'oci.bad-path' });
  await expect(packing([{ path: '/a', source: join(dir, 'none') }])).rejects.toMatchObject({
    code: 'oci.missing-source',
  });
  expect((await readdir(dir)).filter((name) => name.startsWith('bad.tar'))).toEqual([]);
});
