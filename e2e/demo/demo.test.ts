import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { firstBuildMs } from '../inject/fleet.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

interface Snapshot {
  goVersion: string;
  imageID: string;
  verifiedFrom: string;
  command: string[];
  pod: string;
  leaseHolder: string;
}

interface Demo {
  before: Snapshot;
  after: Snapshot;
  restored: Snapshot;
  reproduction: { grade: string };
  startMs: Record<string, { median: number; p99: number; n: number }>;
  cleanedUp: boolean;
}

test(
  'a published operator moves to another Go and back, its image untouched',
  async () => {
    const { stdout } = await promisify(execFile)(join(root, 'gofleet'), ['demo', '--json'], {
      cwd: root,
      maxBuffer: 16 << 20,
    });
    const { before, after, restored, reproduction, startMs, cleanedUp } = JSON.parse(stdout) as Demo;

    expect([before.goVersion, after.goVersion, restored.goVersion]).toEqual([
      'go1.21.5',
      'go1.26.8',
      'go1.21.5',
    ]);
    expect(after.verifiedFrom).toMatch(/^\/proc\/\d+\/exe/);
    expect([after.imageID, restored.imageID]).toEqual([before.imageID, before.imageID]);
    expect([after.command, restored.command]).toEqual([before.command, before.command]);
    for (const { pod, leaseHolder } of [before, after, restored])
      expect(leaseHolder.startsWith(pod)).toBe(true);
    expect(['proven', 'compiled-equal']).toContain(reproduction.grade);
    for (const name of ['uninjected', 'injected', 'initContainerCopy'])
      expect(startMs[name]?.n).toBeGreaterThan(0);
    expect(cleanedUp).toBe(true);
  },
  firstBuildMs,
);
