import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { hashFile } from '@gofleet/filesystem/inspect-file';
import type { GoRuntimeSpec } from '@gofleet/inject/go-runtime';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { labExec, labLoad } from '@gofleet/lab/lab';
import { type ImageContent, packDockerArchive } from '@gofleet/oci/docker-archive';
import { startRegistryInLab } from 'gofleet/demo/registry-in-lab';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listSharedLibraries } from '../../apps/cli/src/image/shared-libraries.ts';
import { type Fleet, firstBuildMs, startFleet, wish } from '../inject/fleet.ts';
import { Shop } from '../inject/shop.ts';
import { waitUntil } from '../inject/wait-until.ts';
import {
  compileGccgo,
  fetchOlder,
  libraryOf,
  linkShared,
  placeOther,
  placeRenamed,
} from './libgo-programs.ts';

const [gccgoImage, sharedImage] = ['gofleet.dev/e2e/gccgo:1', 'gofleet.dev/e2e/linkshared:1'];
const dir = mkdtempSync(join(tmpdir(), 'gofleet-libgo-'));
let fleet: Fleet;
/** The image that libraries are published in. */
let libraries: string;
let patched: string;
let sharedPatched: string;
let sharedSecond: string;

/** Each tells, every second, something that lies in its library. */
const gccgoSource = `package main

import (
	"fmt"
	"strconv"
	"time"
)

func main() {
	for {
		_, err := strconv.Atoi("x")
		fmt.Println(err)
		time.Sleep(time.Second)
	}
}
`;
const sharedSource = `package main

import (
	"runtime"
	"time"
)

func main() {
	for {
		println(runtime.Version())
		time.Sleep(time.Second)
	}
}
`;

async function load(content: ImageContent): Promise<void> {
  const tar = join(dir, 'image.tar');
  await packDockerArchive(content, tar);
  await labLoad(fleet.lab.name, [tar]);
}

/** A program of gccgo as a distribution has it: the library's name is a link to its file. */
async function loadGccgo(program: string): Promise<void> {
  const files = (await listSharedLibraries([program])).flatMap((file) => {
    if (!/\/libgo\.so\.21$/.test(file.path) || !('source' in file)) return [file];
    const real = basename(file.source);
    return [
      { path: file.path, linkTo: real },
      { ...file, path: join(dirname(file.path), real) },
    ];
  });
  const own = { path: '/program', source: program, mode: 0o755 };
  await load({ repoTag: gccgoImage, entrypoint: ['/program'], files: [own, ...files] });
}

/** A program of -linkshared, whose image tells the loader where its library is. */
async function loadShared(program: string, library: string): Promise<void> {
  const files = [
    { path: '/program', source: program, mode: 0o755 },
    { path: '/opt/go/libruntime.so', source: library, mode: 0o755 },
    ...(await listSharedLibraries(['/bin/true'])),
  ];
  const env = { LD_LIBRARY_PATH: '/opt/go' };
  await load({ repoTag: sharedImage, entrypoint: ['/program'], env, files });
}

async function publish(registry: string, older: string, otherShared: string): Promise<string> {
  const reference = `${registry}/team/libraries:1`;
  const files = [
    { path: '/usr/lib/libgo.so.21.0.1', source: patched, mode: 0o644 },
    { path: '/usr/lib/libgo.so.21', linkTo: 'libgo.so.21.0.1' },
    { path: '/lib', linkTo: 'usr/lib' },
    { path: '/older/libgo.so.19', source: older, mode: 0o644 },
    { path: '/renamed/libgo.so.21', source: placeRenamed(), mode: 0o644 },
    { path: '/text', bytes: 'no library' },
    { path: '/shared/libruntime.so', source: sharedPatched, mode: 0o644 },
    { path: '/shared-second/libruntime.so', source: sharedSecond, mode: 0o644 },
    { path: '/shared-other/libruntime.so', source: otherShared, mode: 0o644 },
  ];
  await load({ repoTag: reference, entrypoint: ['/none'], files });
  const push = [
    'ctr',
    '-n',
    'k8s.io',
    'images',
    'push',
    '--local',
    '--skip-verify',
    '--user',
    'fleet:secret',
    reference,
  ];
  const { code, stderr } = await labExec(fleet.lab.name, push);
  if (code !== 0) throw new Error(`ctr images push: ${stderr}`);
  return reference;
}

beforeAll(async () => {
  const gccgo = await compileGccgo('tells', gccgoSource);
  const shared = await linkShared('go1.27.3', sharedSource, 'tells');
  const other = await linkShared('go1.26.5', sharedSource, 'tells');
  patched = placeOther('patched', libraryOf(gccgo), {
    ...{ name: 'libgo.so.21', from: 'invalid syntax', to: 'strange syntax' },
  });
  sharedPatched = placeOther('shared-patched', shared.library, {
    ...{ name: 'libruntime.so', from: 'go1.27.3', to: 'go1.27.9' },
  });
  sharedSecond = placeOther('shared-second', shared.library, {
    ...{ name: 'libruntime.so', from: 'go1.27.3', to: 'go1.27.8' },
  });
  fleet = await startFleet('e2e-libgo', '1.36', { onlyPresent: true });
  await loadGccgo(gccgo);
  await loadShared(shared.program, shared.library);
  const { registry, login } = await startRegistryInLab(fleet);
  libraries = await publish(registry, fetchOlder(), other.library);
  await fleet.client.create('/api/v1/namespaces/gofleet-system/secrets', login);
  // What is kept between runs belongs to whoever wrote it first.
  await fleet.gofleet('install', '--push-secret', 'login');
}, firstBuildMs);
afterAll(async () => {
  await fleet?.end();
  rmSync(dir, { recursive: true, force: true });
});

const restricted = {
  container: { securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } },
  pod: {
    securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
  },
};

/** A namespace that enforces Pod Security `restricted`, with a Deployment `present` of an image. */
async function openShop(namespace: string, image: string): Promise<Shop> {
  const shop = new Shop(fleet.client, namespace);
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await fleet.client.create('/api/v1/namespaces', { metadata: { name: namespace, labels } });
  await shop.deploy('present', 1, { other: image, ...restricted });
  await shop.untilAvailable(1);
  return shop;
}

function wishFor(namespace: string, path: string) {
  const { spec, ...rest } = wish(namespace);
  const { runtime: _, ...kept } = spec;
  const libgo = { image: libraries, path };
  return { ...rest, spec: { ...kept, mode: 'libgo', libgo } satisfies GoRuntimeSpec };
}

async function lastLine(shop: Shop): Promise<string> {
  const [pod] = await shop.pods();
  const path = `/api/v1/namespaces/${shop.namespace}/pods/${pod?.metadata.name}/log`;
  return (await fleet.client.getText(`${path}?tailLines=1`).catch(() => '')).trim();
}

const untilSaid = (shop: Shop, text: string) =>
  waitUntil(`the program to say "${text}"`, async () => (await lastLine(shop)) === text, {
    describe: () => lastLine(shop),
  });

/** Waits until the condition `Built` has this reason and says this. */
const untilBuilt = (shop: Shop, reason: string, says: RegExp): Promise<unknown> =>
  waitUntil(
    `the wish to be ${reason}: ${says}`,
    async () => {
      const { conditions = [] } = (await shop.runtime()).status ?? {};
      const built = conditions.find(({ type }) => type === 'Built');
      return built?.reason === reason && says.test(built.message);
    },
    { describe: async () => (await shop.runtime()).status },
  );

const uidOf = async (shop: Shop): Promise<string | undefined> => (await shop.pods())[0]?.metadata.uid;

test.concurrent('gccgo: a library that does not fit is refused before any pod is rolled, one that fits runs, and the way back', async () => {
  const shop = await openShop('gccgo', gccgoImage);
  const [before, uid] = [await shop.deployment(), await uidOf(shop)];
  await untilSaid(shop, 'strconv.Atoi: parsing "x": invalid syntax');

  await shop.wish(wishFor(shop.namespace, '/renamed/libgo.so.21'));
  await untilBuilt(
    shop,
    'LibraryDoesNotFit',
    /^libgo\.so\.21-[0-9a-f]{12} does not fit 1 of 1 programs: \/program of gofleet\.dev\/e2e\/gccgo:1: the new library lacks \S/,
  );
  const [refused] = await shop.untilPhase('Failed', 1);
  expect(refused?.reason).toMatch(/does not fit \/program: the new library lacks/);
  const events = `/api/v1/namespaces/${shop.namespace}/events`;
  await waitUntil('an event that says so', async () => {
    const { items } = await fleet.client.list<KubeObject & { readonly reason: string }>(events);
    return items.some(({ reason }) => reason === 'LibraryDoesNotFit');
  });
  await shop.patchWish({ libgo: { path: '/older/libgo.so.19' } });
  await untilBuilt(shop, 'LibraryDoesNotFit', /asks for libgo\.so\.21, the new library is libgo\.so\.19/);
  await shop.patchWish({ libgo: { path: '/none' } });
  await untilBuilt(shop, 'LibraryUnavailable', /has no file \/none/);
  await shop.patchWish({ libgo: { path: '/text' } });
  await untilBuilt(shop, 'LibraryUnavailable', /\/text of .*: it is no shared library that can be read/);
  expect([await uidOf(shop), await shop.injected()]).toEqual([uid, [false]]);

  await shop.patchWish({ libgo: { path: '/lib/libgo.so.21' } });
  const { sha256 } = await hashFile(patched);
  const [entry] = await shop.untilPhase('Verified', 1);
  expect(entry?.running?.library).toMatchObject({ soname: 'libgo.so.21', sha256 });
  expect(entry?.running?.library?.path).toMatch(/\/libgo\.so\.21\.0\.0$/);
  expect(entry?.reason).toMatch(/^runs on libgo\.so\.21-[0-9a-f]{12}, read from \/proc\/\d+\/maps on /);
  await untilSaid(shop, 'strconv.Atoi: parsing "x": strange syntax');
  const { status } = await shop.runtime();
  expect(status?.library).toMatchObject({
    ...{ artefact: sha256, soname: 'libgo.so.21', release: expect.stringMatching(/^GCC: /) },
    source: expect.stringMatching(/\/team\/libraries@sha256:[0-9a-f]{64}$/),
  });

  await shop.unwish();
  await untilSaid(shop, 'strconv.Atoi: parsing "x": invalid syntax');
  expect((await shop.deployment()).spec).toEqual(before.spec);
});

test.concurrent('-linkshared: another ABI hash is refused, an equal one runs, then another, and the way back', async () => {
  const shop = await openShop('linkshared', sharedImage);
  const [before, uid] = [await shop.deployment(), await uidOf(shop)];
  await shop.wish(wishFor(shop.namespace, '/shared-other/libruntime.so'));
  await untilBuilt(
    shop,
    'LibraryDoesNotFit',
    /the current library has the ABI hash [0-9a-f]{12}, the new one [0-9a-f]{12}: the program would not start/,
  );
  expect(await uidOf(shop)).toBe(uid);
  expect(await lastLine(shop)).toBe('go1.27.3');

  await shop.patchWish({ libgo: { path: '/shared/libruntime.so' } });
  const [entry] = await shop.untilPhase('Verified', 1);
  const { sha256 } = await hashFile(sharedPatched);
  expect(entry?.running?.library).toEqual({
    ...{ path: '/opt/go/libruntime.so', soname: 'libruntime.so', sha256 },
  });
  await untilSaid(shop, 'go1.27.9');

  await shop.patchWish({ libgo: { path: '/shared-second/libruntime.so' } });
  await untilSaid(shop, 'go1.27.8');
  const [second] = await shop.untilPhase('Verified', 1);
  expect(second?.running?.library?.sha256).toBe((await hashFile(sharedSecond)).sha256);

  await shop.unwish();
  await untilSaid(shop, 'go1.27.3');
  expect((await shop.deployment()).spec).toEqual(before.spec);
});
