import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { labDown, labKubectl, labUp } from '@gofleet/lab/lab';
import { afterAll, expect, test } from 'vitest';
import { firstBuildMs } from './fleet.ts';

const root = join(import.meta.dirname, '..', '..');
const name = 'e2e-manifests';

afterAll(() => labDown(name));

test.each(['1.36', '1.24'] as const)(
  'the manifests pass strict validation on Kubernetes %s',
  async (kubernetes) => {
    await labDown(name);
    await labUp({ name, kubernetes });
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
    await rm(dir, { recursive: true });
  },
  firstBuildMs,
);
