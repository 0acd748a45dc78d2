import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { renderBuildDefinition } from '@gofleet/inject/build-definition';
import { goBuildsPath } from '@gofleet/inject/builds';
import type { Manifest } from '@gofleet/inject/manifest';
import { createKubeClient } from '@gofleet/kube/client';
import { kubeconfigConnection } from '@gofleet/kube/connection';
import { labDown, labKubectl, labUp } from '@gofleet/lab/lab';
import { makeGoBuild } from '@gofleet/testkit/go-build-maker';
import { objectApiContract } from '@gofleet/testkit/object-api-contract';
import { applyManifests } from 'gofleet/cluster/apply-manifests';
import { createProgress } from 'gofleet/progress';
import { afterAll, expect, test } from 'vitest';
import { firstBuildMs } from './fleet.ts';

const root = join(import.meta.dirname, '..', '..');
const name = 'e2e-manifests';

afterAll(() => labDown(name));

/** The fake that unit tests use and this API server are alike in what gofleet's queue relies on. */
async function keepContract(kubeconfig: string): Promise<void> {
  const client = createKubeClient(await kubeconfigConnection({ path: kubeconfig }));
  const { signal } = new AbortController();
  const definition = renderBuildDefinition() as unknown as Manifest;
  await applyManifests(client, [definition], { signal, progress: createProgress({ quiet: true }) });
  const make = (each: string, mark: number) => makeGoBuild(each, { spec: { priority: mark } });
  const status = (mark: number) => ({ phase: 'Queued', message: `mark ${mark}` });
  for (const { run } of objectApiContract) await run({ client, path: goBuildsPath, make, status });
  await client.close();
}

test.each(['1.36', '1.24'] as const)(
  'the manifests pass strict validation on Kubernetes %s',
  async (kubernetes) => {
    await labDown(name);
    const lab = await labUp({ name, kubernetes });
    const dir = await mkdtemp(join(tmpdir(), 'gofleet-e2e-manifests-'));
    const file = join(dir, 'gofleet.yaml');
    const args = [
      'install',
      '--print',
      '--goproxy',
      'https://proxy.example',
      '--builder-host-path',
      '/var/cache/gofleet',
    ];
    const { stdout } = await promisify(execFile)(join(root, 'gofleet'), args, {
      cwd: root,
      maxBuffer: 16 << 20,
    });
    await writeFile(file, stdout);
    // What stands in a namespace can be tried only where the namespace is.
    await labKubectl(name, ['create', 'namespace', 'gofleet-system', '--save-config']);
    const {
      code,
      stdout: said,
      stderr,
    } = await labKubectl(name, ['apply', '--dry-run=server', '--validate=strict', '-f', file]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(said.trim().split('\n')).toHaveLength(stdout.split(/^---$/m).length);
    await keepContract(lab.kubeconfig);
    await rm(dir, { recursive: true });
  },
  firstBuildMs,
);
