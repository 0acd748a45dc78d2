import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKey } from '@gofleet/filesystem/signing-keys';
import { type GoBuild, type GoBuildStatus, goBuildsPath } from '@gofleet/inject/builds';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { labLoad } from '@gofleet/lab/lab';
import { packDockerArchive } from '@gofleet/oci/docker-archive';
import { expect, test } from 'vitest';
import { runGofleet } from '../places/run-gofleet.ts';
import { createModuleProxy, createRepository, type Repository } from '../relink/module-proxy.ts';
import { createProofStage, scopeOf } from '../relink/proof-stage.ts';
import { withoutMemory } from './builds-story.ts';
import { type Fleet, originalGo, wish } from './fleet.ts';
import type { Shop } from './shop.ts';
import type { Stage } from './stage.ts';
import { waitUntil } from './wait-until.ts';

/** A program that was never released: its owner builds it where it is developed. */
const files = (scope: string) => ({
  'go.mod': `module ${scope}/lighthouse\n\ngo 1.21\n`,
  'main.go': `package main

import "time"

func main() {
	for {
		println("light")
		time.Sleep(time.Minute)
	}
}
`,
});
const scope = scopeOf(files(''));
const module = `${scope}/lighthouse`;
/** As it comes out of its checkout, and as it comes out of a container, where no commit is recorded. */
const images = { stamped: 'gofleet.dev/e2e/lighthouse:1', plain: 'gofleet.dev/e2e/lighthouse:2' };

/** What a module proxy calls a commit that has no tag. */
function pseudoVersion({ git }: Repository): string {
  const time = new Date(Number(git('show', '-s', '--format=%ct')) * 1000).toISOString();
  return `v0.0.0-${time.replace(/\D/g, '').slice(0, 14)}-${git('rev-parse', '--short=12', 'HEAD')}`;
}

async function packProgram(dir: string, repoTag: string, binary: string): Promise<string> {
  const tar = join(dir, `${repoTag.replace(/\W/g, '-')}.tar`);
  const program = { path: '/lighthouse', source: binary, mode: 0o755 };
  const user = '65532:65532';
  await packDockerArchive({ repoTag, entrypoint: ['/lighthouse'], user, files: [program] }, tar);
  return tar;
}

/** Builds the program in a clean checkout, packs it for the lab, and has the lab's module mirror answer for its commit; answers that. */
async function loadCheckout({ lab }: Fleet, dir: string): Promise<string> {
  const stage = await createProofStage();
  try {
    const repository = createRepository(join(dir, 'checkout'), files(scope));
    const commit = repository.git('rev-parse', 'HEAD');
    const build = (buildvcs: boolean): string =>
      stage.build(repository.dir, ['-trimpath', `-buildvcs=${buildvcs}`, '.'], { GOTOOLCHAIN: originalGo });
    createModuleProxy(join(lab.dir, 'modules')).publish(repository, module, pseudoVersion(repository), [
      commit,
    ]);
    await labLoad(lab.name, [
      await packProgram(dir, images.stamped, build(true)),
      await packProgram(dir, images.plain, build(false)),
    ]);
    return commit;
  } finally {
    stage.bench.remove();
  }
}

const isStamped = ({ spec }: GoBuild): boolean => spec.original.buildInfo.includes('vcs.revision=');

/** The build of the program, as it came out of its checkout, for a release, once it is as it is meant. */
function untilBuild(
  { client }: Fleet,
  goVersion: string,
  isMeant: (status: GoBuildStatus) => boolean,
  isOriginal = isStamped,
): Promise<GoBuild> {
  const list = async () => (await client.list<GoBuild>(goBuildsPath)).items;
  return waitUntil(
    `the build of ${module} for ${goVersion}`,
    async () => {
      const builds = await list();
      const isOne = (each: GoBuild): boolean =>
        each.spec.original.package === module && each.spec.goVersion === goVersion && isOriginal(each);
      const build = builds.find(isOne);
      return build?.status && isMeant(build.status) ? build : undefined;
    },
    { describe: list },
  );
}

const attested = ({ conditions }: GoBuildStatus) => conditions?.find(({ type }) => type === 'Attested');

async function verifyFetched(program: string): Promise<void> {
  const verify = ['attest', 'verify', program, '--key', `${program}.pub`, '--json'];
  const good = await runGofleet(verify);
  expect({ ...good, stdout: JSON.parse(good.stdout) }).toMatchObject({
    code: 0,
    stdout: {
      verified: true,
      statement: {
        predicate: {
          buildDefinition: { externalParameters: { goVersion: 'go1.23.4' } },
          runDetails: { byproducts: [{ annotations: { grade: 'proven' } }] },
        },
      },
    },
  });
  const bytes = await readFile(program);
  const at = bytes.length >> 1;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(program, bytes);
  const bad = await runGofleet(verify);
  expect(bad.code).toBe(1);
  expect(JSON.parse(bad.stdout)).toMatchObject({
    verified: false,
    findings: [{ code: 'attest.wrong-artefact' }],
  });
}

const secretPath = '/api/v1/namespaces/gofleet-system/secrets/gofleet-signing';

async function putKey({ client }: Fleet, key: string): Promise<void> {
  const data = { 'attest.pem': Buffer.from(key).toString('base64') };
  await client.patch(secretPath, { data }, { type: 'merge' });
}

async function readKey({ client }: Fleet): Promise<string> {
  const { data } = await client.get<{ data: Record<string, string> }>(secretPath);
  return Buffer.from(data['attest.pem'] ?? '', 'base64').toString();
}

/** A key that does not sign is told, and holds nothing up; one that is given signs what was missed, and stays. */
async function playKeys(fleet: Fleet, shop: Shop, dir: string): Promise<void> {
  await putKey(fleet, 'no key');
  await shop.patchWish({ runtime: { goVersion: '1.24.1' } });
  const unsigned = await untilBuild(fleet, 'go1.24.1', (now) => attested(now)?.status === 'False');
  expect(unsigned.status).toMatchObject({ phase: 'Ready', grade: 'proven' });
  expect(attested(unsigned.status as GoBuildStatus)?.reason).toBe('UnreadableKey');
  expect(await untilEvent(fleet, unsigned, 'NotAttested')).toContain('gofleet-signing, attest.pem');

  const { privateKey, keyId } = await createKey(join(dir, 'own.pem'), 'p256');
  await fleet.install('--signing-key', privateKey);
  await untilBuild(fleet, 'go1.24.1', ({ attestation }) => attestation?.keyId === keyId);
  await fleet.install();
  expect(await readKey(fleet)).toBe(await readFile(privateKey, 'utf8'));
}

async function untilEvent({ client }: Fleet, build: GoBuild, reason: string): Promise<string> {
  return waitUntil(`the event ${reason}`, async () => {
    const { items } = await client.list<
      KubeObject & { reason: string; message: string; involvedObject: { uid?: string } }
    >('/api/v1/namespaces/default/events');
    const isMeant = (event: (typeof items)[number]): boolean =>
      event.reason === reason && event.involvedObject.uid === build.metadata.uid;
    return items.find(isMeant)?.message;
  });
}

async function openCheckoutShop(open: () => Promise<Shop>, commit: string): Promise<Shop> {
  const shop = await open();
  await shop.client.delete(shop.deploymentPath());
  await shop.deploy('lighthouse', 1, { other: images.stamped });
  const annotations = { 'org.opencontainers.image.revision': commit };
  await shop.deploy('plain', 1, { other: images.plain, annotations });
  return shop;
}

async function playCheckout({ fleet, openShop }: Stage, dir: string): Promise<void> {
  const commit = await loadCheckout(fleet(), dir);
  const shop = await openCheckoutShop(openShop, commit);
  const rollout = { strategy: 'OnRestart' } as const;
  await shop.wish(wish(shop.namespace, { minimumGrade: 'proven', rollout }));
  const build = await untilBuild(fleet(), 'go1.23.4', ({ attestation }) => attestation !== undefined);
  expect(build.spec.original.buildInfo).toContain(`vcs.revision=${commit}`);
  expect(build.status).toMatchObject({
    ...{ phase: 'Ready', grade: 'proven', reproduction: { equal: true, source: `${module}@${commit}` } },
    recipe: { toolchain: { goVersion: 'go1.23.4', dirHash: expect.stringMatching(/^[0-9a-f]{64}$/) } },
  });
  const isPlain = (each: GoBuild): boolean => !isStamped(each);
  const annotated = await untilBuild(fleet(), 'go1.23.4', ({ phase }) => phase === 'Ready', isPlain);
  expect(annotated.status?.reproduction).toMatchObject({ equal: true, source: `${module}@${commit}` });

  const program = join(dir, 'fetched');
  const told = await fleet().gofleet('builds', build.metadata.name, '-o', program);
  expect(told).toContain(`gofleet attest verify ${program} --key ${program}.pub`);
  await verifyFetched(program);

  await playKeys(fleet(), shop, dir);
  await shop.unwish();
}

/** A program without a release, and who vouches for what is made of it: run where gofleet is installed. */
export function checkoutStory(stage: Stage): void {
  test('programs of a checkout are proven from the commit that they record, or their pod names; who signs for them', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'gofleet-e2e-checkout-'));
    try {
      await withoutMemory(stage.fleet(), () => playCheckout(stage, dir));
    } finally {
      await rm(dir, { recursive: true });
    }
  });
}
