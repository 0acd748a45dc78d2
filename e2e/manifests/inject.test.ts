import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeBinary, makeBuild, makeReadyRuntime, makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import { afterAll, beforeAll, expect, test } from 'vitest';

const image = 'example.com/operator:v1';
const cli = join(import.meta.dirname, '../../apps/cli/src/bin.ts');
let dir: string;

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'shop', namespace: 'demo', labels: { app: 'operator' } },
  spec: { containers: [{ name: 'manager', image }] },
};

async function file(name: string, ...documents: readonly unknown[]): Promise<string> {
  const path = join(dir, name);
  const text = documents
    .map((each) => (typeof each === 'string' ? each : JSON.stringify(each)))
    .join('\n---\n');
  await writeFile(path, text);
  return path;
}

/** Synchronous, so that standard input can be given. */
function inject(args: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'inject', ...args], {
    input,
    encoding: 'utf8',
  });
  return { code: status, stdout, stderr };
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gofleet-e2e-manifests-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test('a file with a pod and its wish is printed as the webhook would let it in, the reasons beside it', async () => {
  const path = await file('all.yaml', pod, makeReadyRuntime(image));
  const { code, stdout, stderr } = inject(['-f', path]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/"?mountPath"?: "?\/manager/);
  expect(stdout).toMatch(/"kind": ?"GoRuntime"/);
  expect(stderr).toMatch(/Pod demo\/shop +manager +operator +injected +go1\.26\.8 is mounted over \/manager/);
  expect(inject(['-f', '-'], stdout).stdout).toBe(stdout);
});

test('standard input and wishes in a file of their own; patch, JSON and dry run', async () => {
  const wish = await file('wish.yaml', { apiVersion: 'v1', kind: 'List', items: [makeReadyRuntime(image)] });
  const args = ['-f', '-', '--runtime', wish];
  const patch = JSON.parse(inject([...args, '-o', 'patch'], JSON.stringify(pod)).stdout);
  expect(patch).toMatchObject([{ kind: 'Pod', name: 'shop', patch: [{ path: '/spec/volumes' }, {}, {}] }]);
  const printed = JSON.parse(inject([...args, '-o', 'json'], JSON.stringify(pod)).stdout);
  expect(printed.spec.volumes[0].csi.driver).toBe('csi.gofleet.dev');
  const dry = inject([...args, '--dry-run', '-o', 'yaml'], JSON.stringify(pod));
  expect([dry.code, dry.stderr]).toEqual([0, '']);
  expect(dry.stdout).toMatch(/injected +go1\.26\.8 is mounted/);
  expect(JSON.parse(inject([...args, '--json'], JSON.stringify(pod)).stdout).objects[0]).toMatchObject({
    isSent: true,
    containers: [{ container: 'manager', outcome: 'injected' }],
  });
});

test('a wish that cannot be met ends with 1', async () => {
  const binary = makeBinary(image);
  const failed = makeBuild(binary, { phase: 'Failed', message: 'main.go:7: undefined: x' });
  const wish = makeRuntime({ status: { binaries: [binary], builds: [failed] } });
  const { code, stdout } = inject(['-f', await file('failed.yaml', pod, wish), '--dry-run']);
  expect(code).toBe(1);
  expect(stdout).toContain('main.go:7: undefined: x');
});

test('what cannot be used is told with file, place and next step', async () => {
  const cases: readonly (readonly [string, number, RegExp])[] = [
    [join(dir, 'missing.yaml'), 3, /missing\.yaml cannot be read: ENOENT \(cli\.unreadable-manifest\)/],
    [
      await file('broken.yaml', 'a: [1\nb: secret'),
      3,
      /broken\.yaml: .* at line 2, column 1 \(cli\.malformed-manifest\)/,
    ],
    [
      await file('none.yaml', { apiVersion: 'v1', kind: 'ConfigMap' }),
      3,
      /none\.yaml: no Pod.* \(cli\.no-pods\)/,
    ],
    [await file('empty.yaml', ''), 3, /cli\.no-pods/],
    [await file('odd.yaml', { ...pod, spec: {} }), 3, /spec\.containers: expected at least one container/],
    [
      await file('wish-only.yaml', pod, { ...makeRuntime(), spec: {} }),
      3,
      /GoRuntime operator: spec must have runtime, or libgo in mode libgo/,
    ],
  ];
  for (const [path, expected, message] of cases) {
    const { code, stderr } = inject(['-f', path]);
    expect(stderr).toMatch(message);
    expect(stderr).toContain('next: ');
    expect(stderr).not.toContain('secret');
    expect(code).toBe(expected);
  }
  expect(inject([]).code).toBe(2);
});
