import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { probeExitCode, renderProbeProgram } from './probe-program.ts';

test('runs on this machine, and ends as only it does', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'gofleet-probe-'));
  const program = join(dir, 'probe');
  await writeFile(program, renderProbeProgram(process.arch) ?? '', { mode: 0o755 });
  expect(spawnSync(program).status).toBe(probeExitCode);
  await rm(dir, { recursive: true });
});

test('another processor has another program; an unknown one has none', () => {
  expect(renderProbeProgram('arm64')?.readUInt16LE(18)).toBe(183);
  expect(renderProbeProgram('mips')).toBeUndefined();
});
