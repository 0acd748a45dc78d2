import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { RelinkResult } from '@gofleet/build/relink';
import { RegistryClient } from '@gofleet/oci/registry-client';
import { blobOf, type Descriptor, type PushedBlob, pushBlob, pushManifest } from '@gofleet/oci/registry-push';
import { makeTar } from '@gofleet/testkit/archive-maker';
import { collect } from '@gofleet/testkit/collect';
import { makeElf } from '@gofleet/testkit/elf-maker';
import { pushToRegistry } from 'gofleet/builder/push-to-registry';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGoBench, type GoBench, tinyProgram } from '../relink/go-binaries.ts';
import { freePort, type RegistryServer, startRegistry } from './registry-server.ts';
import { type Run, runGofleet } from './run-gofleet.ts';
import { startTokenServer, type TokenServer } from './token-server.ts';

const dir = mkdtempSync(join(tmpdir(), 'gofleet-registry-'));
const user = 'reader:pass:word';
const repository = 'team/shop';
const [layerType, configType] = [
  'application/vnd.oci.image.layer.v1.tar+gzip',
  'application/vnd.oci.image.config.v1+json',
];
const manifestType = 'application/vnd.oci.image.manifest.v1+json';

let bench: GoBench;
let tokens: TokenServer;
let server: RegistryServer;
let client: RegistryClient;

const credentials = async () => ({ user: 'reader', password: 'pass:word' });

async function pushImage(
  version: string,
  layers: readonly PushedBlob[],
  architecture = 'amd64',
): Promise<Descriptor> {
  const labels = {
    'org.opencontainers.image.source': 'https://git.example/shop',
    'org.opencontainers.image.revision': 'abc123',
    'org.opencontainers.image.version': '1.2.3',
  };
  const config = blobOf(
    configType,
    Buffer.from(
      JSON.stringify({
        os: 'linux',
        architecture,
        config: { Entrypoint: ['/app'], Cmd: ['-v'], Labels: labels },
      }),
    ),
  );
  for (const blob of [config, ...layers]) await pushBlob(client, repository, blob);
  const refer = ({ mediaType, digest, size }: PushedBlob): Descriptor => ({ mediaType, digest, size });
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: refer(config),
    layers: layers.map(refer),
  };
  return await pushManifest(client, { repository, version }, manifest);
}

const gzipLayer = async (files: Parameters<typeof makeTar>[0]): Promise<PushedBlob> =>
  blobOf(layerType, gzipSync(await makeTar(files)));

function logIn(folder: string, auth: string): string {
  const path = join(dir, folder);
  mkdirSync(path, { recursive: true });
  const encoded = Buffer.from(auth).toString('base64');
  writeFileSync(
    join(path, 'config.json'),
    JSON.stringify({ auths: { [server.registry]: { auth: encoded } } }),
  );
  return path;
}

/** Runs the command line as somebody who is logged in, unless told otherwise. */
const gofleet = (argv: readonly string[], dockerConfig = join(dir, 'docker')): Promise<Run> =>
  runGofleet(argv, { DOCKER_CONFIG: dockerConfig, GOFLEET_CACHE: join(dir, 'cache') });

const named = (version: string): string => `docker://${server.registry}/${repository}${version}`;

beforeAll(async () => {
  bench = await createGoBench();
  tokens = await startTokenServer(dir, user);
  server = await startRegistry(dir, tokens);
  client = new RegistryClient(server.registry, { credentials });
  logIn('docker', user);
});
afterAll(() => {
  server?.stop();
  tokens?.close();
  bench?.remove();
  rmSync(dir, { recursive: true, force: true });
});

test('an image: what a container sees, with digest, entry point and labels; the second time no layer is read', async () => {
  const program = readFileSync(await bench.build(tinyProgram, 'go1.21.13'));
  const { digest } = await pushImage('v1', [
    await gzipLayer({ app: makeElf(), 'old/tool': makeElf() }),
    blobOf(
      layerType.replace('gzip', 'zstd'),
      zstdCompressSync(await makeTar({ app: program, 'old/.wh.tool': '' })),
    ),
  ]);
  const first = await gofleet(['scan', named(':v1'), '--json']);
  expect(first).toMatchObject({ code: 0 });
  expect(JSON.parse(first.stdout)).toMatchObject([
    {
      path: `${named(':v1')}!/app`,
      goVersion: 'go1.21.13',
      image: {
        reference: named(':v1'),
        digest,
        entrypoint: ['/app', '-v'],
        labels: {
          'org.opencontainers.image.source': 'https://git.example/shop',
          'org.opencontainers.image.revision': 'abc123',
          'org.opencontainers.image.version': '1.2.3',
        },
      },
    },
  ]);
  // Nothing but the cache has the layers now.
  for (const { digest: layer } of JSON.parse(String((await client.manifest(repository, 'v1')).bytes))
    .layers) {
    const hex = layer.slice(7);
    rmSync(join(server.storage, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data'));
  }
  expect(await gofleet(['scan', `${named('')}@${digest}`])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('go1.21.13'),
  });
  expect(tokens.tokens()).toBeGreaterThan(2);
});

test('an index: the image of the platform that is asked for, and the difference between two', async () => {
  const manifests = [];
  for (const [architecture, goVersion] of [
    ['amd64', 'go1.22.1'],
    ['arm64', 'go1.26.8'],
  ] as const) {
    const image = await pushImage(
      architecture,
      [await gzipLayer({ app: makeElf({ goVersion }) })],
      architecture,
    );
    manifests.push({ ...image, platform: { os: 'linux', architecture } });
  }
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  await pushManifest(
    client,
    { repository, version: 'multi' },
    { mediaType, ...{ schemaVersion: 2, manifests } },
  );
  for (const [platform, release] of [
    ['linux/amd64', 'go1.22.1'],
    ['linux/arm64', 'go1.26.8'],
  ] as const) {
    const { stdout } = await gofleet(['scan', named(':multi'), '--platform', platform]);
    expect(stdout).toContain(release);
  }
  const { code, stderr } = await gofleet(['scan', named(':multi'), '--platform', 'linux/s390x']);
  expect(code).toBe(3);
  expect(stderr).toContain('there are linux/amd64, linux/arm64');
  const diff = await gofleet(['diff', named(':amd64'), named(':arm64'), '--json']);
  expect(diff.code).toBe(1);
  expect(JSON.parse(diff.stdout).differences).toContainEqual({
    ...{ kind: 'fact', name: 'go', before: 'go1.22.1', after: 'go1.26.8' },
  });
});

test('a broken layer and one that is not what its digest says: the rest is read, nothing wrong is remembered', async () => {
  const good = await gzipLayer({ good: makeElf() });
  const whole = gzipSync(await makeTar({ app: makeElf() }));
  const cut = blobOf(layerType, whole.subarray(0, whole.length - 40));
  const replaced = await gzipLayer({ other: makeElf() });
  await pushImage('broken', [good, cut, replaced]);
  const hex = replaced.digest.slice(7);
  const stored = join(server.storage, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
  writeFileSync(stored, gzipSync(await makeTar({ forged: makeElf() })));
  const { code, stdout, stderr } = await gofleet(['scan', named(':broken')]);
  expect(code).toBe(1);
  expect(stdout).toContain('!/good');
  expect(stdout).not.toContain('forged');
  expect(stderr).toContain(`layer ${cut.digest}`);
  expect(stderr).toContain(`layer ${replaced.digest}`);
});

test('a large layer is pushed from a file and read as a stream', async () => {
  const path = join(dir, 'large.tar');
  writeFileSync(path, await makeTar({ zeros: Buffer.alloc(8 << 20), app: makeElf() }));
  const digest = `sha256:${createHash('sha256').update(readFileSync(path)).digest('hex')}`;
  const mediaType = 'application/vnd.oci.image.layer.v1.tar';
  await pushImage('large', [
    { mediaType, digest, size: statSync(path).size, open: () => createReadStream(path) },
  ]);
  expect(await gofleet(['scan', named(':large')])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('!/app'),
  });
});

test('a relinked executable as an image: it and the copier in one layer; pushed twice it is the same', async () => {
  const path = join(dir, 'relinked');
  writeFileSync(path, makeElf());
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
  const result = {
    original: { sha256: 'a'.repeat(64), package: 'example.test/app' },
    reproduction: { grade: 'proven' },
    artefact: { path, sha256, sizeBytes: statSync(path).size, goVersion: 'go1.26.8' },
  } as RelinkResult;
  const at = `${server.registry}/team/artefacts`;
  const push = pushToRegistry(`docker://${at}`, { dockerConfig: join(dir, 'docker') });
  const as = { tag: 'f'.repeat(64), arch: 'amd64' };
  const reference = await push(result, as);
  expect(await push(result, as)).toEqual(reference);
  expect(reference.image).toMatch(new RegExp(`^${at}@sha256:[0-9a-f]{64}$`));
  const { bytes: text } = await client.manifest('team/artefacts', as.tag);
  const manifest = JSON.parse(String(text));
  expect(manifest).toMatchObject({
    config: { mediaType: 'application/vnd.oci.image.config.v1+json' },
    annotations: {
      ...{ 'dev.gofleet.sha256': sha256, 'dev.gofleet.original.sha256': 'a'.repeat(64) },
      ...{ 'dev.gofleet.go-version': 'go1.26.8', 'dev.gofleet.grade': 'proven' },
    },
  });
  const config = JSON.parse(String(await client.smallBlob('team/artefacts', manifest.config.digest)));
  expect(config.rootfs.diff_ids).toEqual([manifest.layers[0].digest]);
  const layer = join(dir, 'layer.tar');
  writeFileSync(
    layer,
    Buffer.concat(await collect(client.blob('team/artefacts', manifest.layers[0].digest))),
  );
  execFileSync('tar', ['-xf', layer, '-C', dir, 'app', 'copier']);
  expect(readFileSync(join(dir, 'app')).equals(readFileSync(path))).toBe(true);
  execFileSync(join(dir, 'copier'), [join(dir, 'app'), join(dir, 'copied')]);
  expect(readFileSync(join(dir, 'copied')).equals(readFileSync(path))).toBe(true);
  const stranger = pushToRegistry(`docker://${at}`, { dockerConfig: join(dir, 'nobody') });
  await expect(stranger(result, as)).rejects.toMatchObject({ code: 'oci.registry-unauthorised' });
});

test('not logged in, wrong password, no such image, registry down, no reference: a line each, and the rest goes on', async () => {
  const program = await bench.build(tinyProgram, 'go1.21.13');
  const anonymous = await gofleet(['scan', named(':v1'), program], join(dir, 'nobody'));
  expect(anonymous.code).toBe(1);
  expect(anonymous.stdout).toContain('go1.21.13');
  expect(anonymous.stderr).toContain(`docker login ${server.registry}`);
  expect(anonymous.stderr).toContain('oci.registry-unauthorised');
  const wrong = await gofleet(['scan', named(':v1')], logIn('wrong', 'reader:guess'));
  expect(wrong).toMatchObject({ code: 3, stderr: expect.stringContaining('oci.registry-unauthorised') });
  expect(wrong.stderr).not.toContain('guess');
  expect((await gofleet(['scan', named(':nowhere')])).stderr).toContain('oci.not-in-registry');
  const down = await gofleet(['scan', `docker://127.0.0.1:${await freePort()}/a:b`]);
  expect(down).toMatchObject({ code: 3, stderr: expect.stringMatching(/cannot be reached: ECONNREFUSED/) });
  expect((await gofleet(['scan', 'docker://shop:v1'])).stderr).toContain(
    'expected docker://REGISTRY/REPOSITORY',
  );
});
