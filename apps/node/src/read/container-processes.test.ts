import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  findContainerProcesses,
  parseCgroupContainerIds,
  parseInnermostPid,
  parseStartTime,
} from './container-processes.ts';

const outer = 'a'.repeat(64);
const inner = '0123456789abcdef'.repeat(4);

test('container ids are read from the paths of cgroup v1 and v2', () => {
  expect(parseCgroupContainerIds(`4:memory:/k8s.io/${inner}\n0::/\n`)).toEqual([inner]);
  const v2 = `0::/../../kubepods-pod1.slice/cri-containerd-${inner}.scope\n`;
  expect(parseCgroupContainerIds(v2)).toEqual([inner]);
  expect(parseCgroupContainerIds(`0::/docker/${outer}/kubepods/pod1/${inner}\n`)).toEqual([outer, inner]);
  expect(parseCgroupContainerIds(`0::/${'a'.repeat(65)}\n`)).toEqual([]);
});

test('the start time is found behind a name that looks like fields', () => {
  const fields = Array.from({ length: 50 }, (_, index) => String(index + 4));
  expect(parseStartTime(`42 (a) S 1 (b) S ${fields.join(' ')}`)).toBe(22);
  expect(parseStartTime('42 (a) S 1')).toBeUndefined();
});

test('the pid inside the container is the last of NSpid', () => {
  expect(parseInnermostPid('Name:\tx\nNSpid:\t4242\t17\t1\n')).toBe(1);
  expect(parseInnermostPid('Name:\tx\n')).toBeUndefined();
});

test('PID 1 of the container comes first, then who started first; other containers are left out', async () => {
  const proc = mkdtempSync(join(tmpdir(), 'gofleet-proc-'));
  const add = (pid: number, of: { cgroup: string; innerPid: number; startTime: number }) => {
    mkdirSync(join(proc, String(pid)));
    writeFileSync(join(proc, `${pid}/cgroup`), of.cgroup);
    writeFileSync(join(proc, `${pid}/status`), `NSpid:\t${pid}\t${of.innerPid}\n`);
    writeFileSync(join(proc, `${pid}/stat`), `${pid} (x) S ${'0 '.repeat(18)}${of.startTime} 0\n`);
  };
  const cgroup = `3:memory:/k8s.io/${inner}\n`;
  add(70, { cgroup, innerPid: 9, startTime: 300 });
  add(71, { cgroup, innerPid: 8, startTime: 200 });
  add(72, { cgroup, innerPid: 1, startTime: 250 });
  add(73, { cgroup: `0::/${outer}\n`, innerPid: 1, startTime: 1 });
  mkdirSync(join(proc, '74'));
  const found = await findContainerProcesses(new Set([inner]), proc);
  rmSync(proc, { recursive: true });
  expect([...found.keys()]).toEqual([inner]);
  expect(found.get(inner)?.map(({ pid }) => pid)).toEqual([72, 71, 70]);
});

test('any text gives an answer, never a crash', () => {
  fc.assert(
    fc.property(fc.string(), (garbage) => {
      parseStartTime(garbage);
      parseInnermostPid(garbage);
      return Array.isArray(parseCgroupContainerIds(garbage));
    }),
  );
});
