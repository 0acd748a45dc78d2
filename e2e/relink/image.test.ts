import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { inspectFile } from '@gofleet/filesystem/inspect-file';
import { packDockerArchive } from '@gofleet/oci/docker-archive';
import { RegistryClient } from '@gofleet/oci/registry-client';
import { blobOf, type Descriptor, pushBlob, pushManifest } from '@gofleet/oci/registry-push';
import { makeTar } from '@gofleet/testkit/archive-maker';
import { collect } from '@gofleet/testkit/collect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pushToRegistry } from '../../apps/cli/src/builder/push-to-registry.ts';
import { type RegistryServer, startRegistry } from '../places/registry-server.ts';
import { type Run, runGofleet } from '../places/run-gofleet.ts';
import { startTokenServer, type TokenServer } from '../places/token-server.ts';
import { createGoBench, type GoBench, tinyProgram } from './go-binaries.ts';
import { createModuleProxy, createRepository } from './module-proxy.ts';

const dir = mkdtempSync(join(tmpdir(), 'gofleet-relink-image-'));
const repository = 'team/shop';
const user = 'builder:password';
const types = {
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
};

/** Two released programs of one module, which needs nothing else. */
const files = {
  'go.mod': 'module MODULE\n\ngo 1.21\n',
  'one/main.go': 'package main\n\nfunc main() { println("one") }\n',
  'two/main.go': 'package main\n\nfunc main() { println("two") }\n',
};
/** Named after its content: the module cache of this machine keeps what it has of a name. */
const digest = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 8);
const module = `gofleet.example/${digest}/pair`;
const oldGo = 'go1.21.13';
const newGo = 'go1.22.3';

let bench: GoBench;
let tokens: TokenServer;
let server: RegistryServer;
let client: RegistryClient;
let env: Readonly<Record<string, string>>;
let programs: Readonly<Record<string, Buffer>>;

function logIn(folder: string, registry: string): string {
  const path = join(dir, folder);
  mkdirSync(path, { recursive: true });
  const auth = Buffer.from(user).toString('base64');
  writeFileSync(join(path, 'config.json'), JSON.stringify({ auths: { [registry]: { auth } } }));
  return path;
}

const relink = (argv: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Run> =>
  runGofleet(['relink', '--go', newGo, ...argv, '--json'], { ...env, ...more });

const errorOf = ({ stderr }: Run): { code: string; message: string; hint?: string } =>
  JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '').error;

async function pushImage(version: string, content: Readonly<Record<string, Buffer>>): Promise<Descriptor> {
  const config = blobOf(types.config, Buffer.from('{"os":"linux","architecture":"amd64","config":{}}'));
  const layer = blobOf(types.layer, gzipSync(await makeTar(content)));
  for (const blob of [config, layer]) await pushBlob(client, repository, blob);
  const refer = ({ mediaType, digest: name, size }: Descriptor): Descriptor => ({
    mediaType,
    digest: name,
    size,
  });
  const manifest = {
    ...{ schemaVersion: 2, mediaType: types.manifest },
    ...{ config: refer(config), layers: [refer(layer)] },
  };
  return refer(await pushManifest(client, { repository, version }, manifest));
}

beforeAll(async () => {
  bench = await createGoBench();
  const proxy = createModuleProxy(join(dir, 'proxy'));
  const source = { ...files, 'go.mod': files['go.mod'].replace('MODULE', module) };
  proxy.publish(createRepository(join(dir, 'pair'), source), module, 'v1.0.0');
  const goEnv = { GOPROXY: `${proxy.url},${bench.local.goproxy}`, GONOSUMDB: 'gofleet.example/*' };
  const [one, two] = [
    await bench.install(`${module}/one@v1.0.0`, oldGo, { env: goEnv }),
    await bench.install(`${module}/two@v1.0.0`, oldGo, { env: goEnv }),
  ];
  const devel = await bench.build(tinyProgram, oldGo);
  programs = { one: readFileSync(one), two: readFileSync(two), devel: readFileSync(devel) };
  tokens = await startTokenServer(dir, user);
  server = await startRegistry(dir, tokens);
  const credentials = async () => ({ user: 'builder', password: 'password' });
  client = new RegistryClient(server.registry, { credentials });
  env = {
    ...goEnv,
    GOFLEET_CACHE: join(dir, 'cache'),
    XDG_DATA_HOME: join(dir, 'data'),
    DOCKER_CONFIG: logIn('docker', server.registry),
  };
});
afterAll(() => {
  server?.stop();
  tokens?.close();
  bench?.remove();
  rmSync(dir, { recursive: true, force: true });
});

const layersOf = async (reference: string) => {
  const { bytes } = await client.manifest(repository, reference);
  return JSON.parse(String(bytes)) as {
    artifactType: string;
    subject?: Descriptor;
    layers: (Descriptor & { annotations: Record<string, string> })[];
  };
};

test('every program of an image in a registry, published as what refers to it', async () => {
  const { one = Buffer.of(), two = Buffer.of(), devel = Buffer.of() } = programs;
  const image = await pushImage('v1', { 'bin/one': one, 'bin/two': two, 'bin/devel': devel });
  const reference = `docker://${server.registry}/${repository}:v1`;
  const run = await relink(['--image', reference, '--push']);
  // One of them has no provenance.
  expect(run.code).toBe(1);
  const answer = JSON.parse(run.stdout);
  expect(answer).toMatchObject({
    digest: image.digest,
    programs: [
      { path: '/bin/one', reproduction: { grade: 'proven' }, artefact: { goVersion: newGo } },
      { path: '/bin/two', reproduction: { grade: 'proven' }, artefact: { goVersion: newGo } },
    ],
    failures: [{ path: '/bin/devel', error: { code: 'build.no-provenance' } }],
    published: { place: `docker://${server.registry}/${repository}` },
  });
  const { artifactType, subject, layers } = await layersOf(answer.published.digest);
  expect({ artifactType, subject }).toEqual({
    artifactType: 'application/vnd.gofleet.artefact.v1',
    subject: image,
  });
  expect(layers.map(({ annotations }) => annotations['org.opencontainers.image.title'])).toEqual([
    '/bin/one',
    '/bin/one.intoto.json',
    '/bin/two',
    '/bin/two.intoto.json',
  ]);
  const original = createHash('sha256').update(one).digest('hex');
  expect(layers[0]?.annotations).toMatchObject({
    ...{
      'dev.gofleet.grade': 'proven',
      'dev.gofleet.go-version': newGo,
      'dev.gofleet.original.sha256': original,
    },
  });
  const pulled = join(dir, 'pulled');
  const save = async (layer: Descriptor | undefined, path: string): Promise<void> => {
    const chunks = await collect(client.blob(repository, layer?.digest ?? ''));
    writeFileSync(path, Buffer.concat(chunks), { mode: 0o755 });
  };
  await save(layers[0], pulled);
  await save(layers[1], `${pulled}.intoto.json`);
  expect((await inspectFile(pulled)).goVersion).toBe(newGo);
  expect(execFileSync(pulled, { stdio: 'pipe' })).toBeDefined();
  const verified = await runGofleet(['attest', 'verify', pulled], env);
  expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining('proof      proven') });
  // This registry has no referrers API: what refers to the image is listed under a tag. Once, however often it is pushed.
  const again = JSON.parse((await relink(['--image', reference, '--push'])).stdout);
  expect(again.published).toEqual(answer.published);
  const index = JSON.parse(String((await client.manifest(repository, image.digest.replace(':', '-'))).bytes));
  expect(index.manifests).toMatchObject([{ digest: answer.published.digest, artifactType }]);
});

test('what the builder of a cluster makes is an image that nodes pull, and its attestation refers to that', async () => {
  const { one = Buffer.of() } = programs;
  const path = join(dir, 'artefact');
  writeFileSync(path, one, { mode: 0o755 });
  const sha256 = createHash('sha256').update(one).digest('hex');
  const push = pushToRegistry(`docker://${server.registry}/${repository}`, {
    dockerConfig: env.DOCKER_CONFIG ?? '',
  });
  const result = {
    original: { sha256, sizeBytes: 1, goVersion: oldGo, package: `${module}/one`, buildId: '' },
    reproduction: { goVersion: oldGo, equal: true, segments: [], grade: 'proven', differences: [] },
    artefact: { path, sha256, sizeBytes: one.length, goVersion: newGo, grade: 'proven', changes: [] },
  } as const;
  const as = { tag: 'recipe', arch: 'amd64' };
  const unsigned = await push(result, as);
  expect(unsigned).toEqual({ image: expect.stringContaining(`${server.registry}/${repository}@sha256:`) });
  const envelope = '{"payload":""}\n';
  const signed = await push(result, { ...as, attestation: envelope });
  expect(await push(result, { ...as, attestation: envelope })).toEqual(signed);
  expect(signed.image).toBe(unsigned.image);

  const [image = '', attestation = ''] = [signed.image, signed.attestation].map(
    (each) => each?.split('@')[1],
  );
  const { artifactType, subject, layers } = await layersOf(attestation);
  const dsse = 'application/vnd.dsse.envelope.v1+json';
  expect({ artifactType, subject: subject?.digest }).toEqual({ artifactType: dsse, subject: image });
  expect(layers).toMatchObject([
    { mediaType: dsse, annotations: { 'dev.gofleet.attests': `sha256:${sha256}` } },
  ]);
  const stored = await collect(client.blob(repository, layers[0]?.digest ?? ''));
  expect(String(Buffer.concat(stored))).toBe(envelope);
  const index = JSON.parse(String((await client.manifest(repository, image.replace(':', '-'))).bytes));
  expect(index.manifests).toMatchObject([{ digest: attestation, artifactType: dsse }]);
});

test('an image as a file, published as an OCI layout', async () => {
  const archive = join(dir, 'image.tar');
  const { one = Buffer.of(), two = Buffer.of() } = programs;
  const layers = [
    [{ path: '/one', bytes: one, mode: 0o755 }],
    [{ path: '/app/two', bytes: two, mode: 0o755 }],
  ];
  await packDockerArchive({ repoTag: 'shop:v1', entrypoint: ['/one'], layers }, archive);
  const layout = join(dir, 'layout');
  const run = await relink(['--image', archive, '--oci', layout]);
  expect(run).toMatchObject({ code: 0 });
  const { published, programs: done } = JSON.parse(run.stdout);
  expect(done.map(({ path }: { path: string }) => path)).toEqual(['/app/two', '/one']);
  const blob = (name: string): Buffer => readFileSync(join(layout, 'blobs', ...name.split(':')));
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'));
  expect(index.manifests).toMatchObject([{ digest: published.digest }]);
  const manifest = JSON.parse(String(blob(published.digest)));
  expect(manifest).not.toHaveProperty('subject');
  for (const { digest: name, size } of [manifest.config, ...manifest.layers]) {
    expect(`sha256:${createHash('sha256').update(blob(name)).digest('hex')}`).toBe(name);
    expect(blob(name).length).toBe(size);
  }
});

test('an image in an OCI layout: what is published refers to it', async () => {
  const layout = join(dir, 'image-layout');
  mkdirSync(join(layout, 'blobs', 'sha256'), { recursive: true });
  const add = (mediaType: string, bytes: Buffer): Descriptor => {
    const { digest: name, size } = blobOf(mediaType, bytes);
    writeFileSync(join(layout, 'blobs', ...name.split(':')), bytes);
    return { mediaType, digest: name, size };
  };
  const config = add(types.config, Buffer.from('{"os":"linux","architecture":"amd64","config":{}}'));
  const layer = add(types.layer, gzipSync(await makeTar({ one: programs.one ?? Buffer.of() })));
  const manifest = { schemaVersion: 2, mediaType: types.manifest, config, layers: [layer] };
  const image = add(types.manifest, Buffer.from(JSON.stringify(manifest)));
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [image] }));
  const out = join(dir, 'layout-of-layout');
  const { published } = JSON.parse((await relink(['--image', layout, '--oci', out])).stdout);
  const blob = readFileSync(join(out, 'blobs', ...published.digest.split(':')), 'utf8');
  expect(JSON.parse(blob).subject).toEqual(image);
});

test('what refuses a push says so before anything is built', async () => {
  const archive = join(dir, 'image.tar');
  const cache = { GOFLEET_CACHE: join(dir, 'empty-cache') };
  const anonymous = { ...cache, DOCKER_CONFIG: join(dir, 'nobody') };
  const place = `docker://${server.registry}/${repository}`;
  const denied = await relink(['--image', archive, '--push', place], anonymous);
  expect({ code: denied.code, error: errorOf(denied) }).toMatchObject({
    code: 3,
    error: {
      code: 'oci.registry-unauthorised',
      hint: expect.stringContaining(`docker login ${server.registry}`),
    },
  });
  const readOnly = createServer((request, response) => {
    response.writeHead(request.method === 'HEAD' ? 404 : 405, { 'content-type': 'application/json' });
    response.end('{"errors":[{"code":"UNSUPPORTED","message":"this registry is a cache"}]}');
  });
  await new Promise<void>((resolve) => readOnly.listen(0, '127.0.0.1', resolve));
  const registry = `127.0.0.1:${(readOnly.address() as AddressInfo).port}`;
  const refused = await relink(['--image', archive, '--push', `docker://${registry}/shop`], cache);
  readOnly.close();
  expect(refused.code).toBe(3);
  const { code, message, hint } = errorOf(refused);
  expect(code).toBe('oci.push-refused');
  for (const part of [registry, 'status 405', 'this registry is a cache']) expect(message).toContain(part);
  expect(hint).toContain('--oci');
  expect(existsSync(join(dir, 'empty-cache', 'work'))).toBe(false);
});

test('bad input', async () => {
  const archive = join(dir, 'image.tar');
  const text = join(dir, 'text');
  writeFileSync(text, 'no archive');
  mkdirSync(join(dir, 'other'), { recursive: true });
  writeFileSync(join(dir, 'other', 'index.json'), 'no index');
  const cases: readonly (readonly [string[], number, string])[] = [
    [['--image', archive, '--push'], 2, 'cli.usage'],
    [['--image', archive, '--push', 'shop'], 2, 'cli.usage'],
    [['--image', archive, '--oci', join(dir, 'other')], 3, 'oci.not-a-layout'],
    [['--image', archive, '--oci', join(text, 'below')], 3, 'filesystem.cannot-write'],
    [['--image', join(dir, 'nowhere'), '--oci', join(dir, 'l')], 3, 'cli.no-image'],
    [['--image', text, '--oci', join(dir, 'l')], 3, 'cli.no-programs'],
    [['--image', archive, '--sign-key', text], 3, 'attest.unreadable-key'],
    [['--image', `docker://${server.registry}/${repository}:gone`], 3, 'oci.not-in-registry'],
    [[], 2, 'cli.usage'],
  ];
  for (const [argv, status, code] of cases) {
    const run = await relink(argv);
    expect({ argv, status: run.code, code: errorOf(run).code }).toEqual({ argv, status, code });
  }
});
