import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { makeBinary, makeBuild, makeReadyRuntime, makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import { expect, test } from 'vitest';

const image = 'example.com/operator:v1';
const cli = join(import.meta.dirname, '../../apps/cli/src/bin.ts');

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'shop', namespace: 'demo' },
  spec: {
    template: {
      metadata: { labels: { app: 'operator' } },
      spec: { containers: [{ name: 'manager', image }] },
    },
  },
};

/** Checks objects as one list on standard input. */
function preflight(items: readonly unknown[], ...args: readonly string[]) {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const argv = [cli, 'preflight', '-f', '-', ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { input, encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

test('manifests against which nothing stands end with 0', () => {
  const { code, stdout } = preflight([deployment, makeReadyRuntime(image)]);
  expect(stdout).toBe('Deployment demo/shop (GoRuntime operator): ok\n\n0 errors, 0 warnings, 0 to know\n');
  expect(code).toBe(0);
});

test('evidence that is too weak ends with 1 and the line that fixes it', () => {
  const binary = makeBinary(image);
  const builds = [makeBuild(binary, { grade: 'claimed' })];
  const wish = makeRuntime({ status: { binaries: [binary], builds } });
  const { code, stdout } = preflight([deployment, wish]);
  expect(stdout).toMatch(/error .*evidence of the relink is "claimed".* \(preflight\.wish-refused\)/);
  expect(stdout).toContain('next: find what differs with "gofleet prove"');
  expect(code).toBe(1);
  const { namespaces } = JSON.parse(preflight([deployment, wish], '--json').stdout);
  expect(namespaces[0].objects[0].findings[0]).toMatchObject({
    code: 'preflight.wish-refused',
    severity: 'error',
  });
});

test('sysctls that a kubelet may refuse, and a /dev/shm that cannot be written, are told without a cluster', () => {
  const { metadata, spec } = deployment.spec.template;
  const unusual = {
    containers: spec.containers.map((container) => ({
      ...container,
      volumeMounts: [{ name: 'shm', mountPath: '/dev/shm', readOnly: true }],
    })),
    volumes: [{ name: 'shm', emptyDir: { medium: 'Memory' } }],
    securityContext: { sysctls: [{ name: 'net.core.somaxconn', value: '4096' }] },
  };
  const object = { ...deployment, spec: { template: { metadata, spec: unusual } } };
  const { code, stdout } = preflight([object, makeReadyRuntime(image)]);
  expect(stdout).toMatch(
    /info .*sysctl net\.core\.somaxconn, not safe by default.* \(preflight\.unsafe-sysctl\)/,
  );
  expect(stdout).toContain('--allowed-unsafe-sysctls=net.core.somaxconn');
  expect(stdout).toMatch(/info .*\/dev\/shm is mounted read-only.* \(preflight\.shared-memory\)/);
  expect([code, stdout.split('\n').at(-2)]).toEqual([0, '0 errors, 0 warnings, 2 to know']);
});

test('objects that nobody wishes for are counted', () => {
  const { code, stdout } = preflight([deployment]);
  expect(stdout).toContain('1 more objects in demo: no GoRuntime decides for them');
  expect(code).toBe(0);
});

test('neither names beside a file, nor files without pods', () => {
  const argv = [cli, 'preflight', 'deploy/shop', '-f', '-'];
  const both = spawnSync(process.execPath, argv, { encoding: 'utf8', input: '' });
  expect([both.status, both.stderr]).toEqual([2, expect.stringContaining('found both')]);
  const none = preflight([]);
  expect([none.code, none.stderr]).toEqual([3, expect.stringContaining('cli.no-pods')]);
});
