import { makeBinary, makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import { expect, test } from 'vitest';
import type { GodebugSpec } from '../go-runtime.ts';
import { type EnvironmentContainer, planEnvironment } from './plan-environment.ts';
import { renderVariables } from './runtime-variables.ts';

const limits = { memory: '1Gi', cpu: '1500m' };

function plan(
  goVersion: string,
  godebug: GodebugSpec,
  {
    wish = '>=1.13',
    buildInfo,
    ...more
  }: Partial<EnvironmentContainer> & { readonly wish?: string; readonly buildInfo?: string } = {},
): string {
  const runtime = { goVersion: wish };
  const { spec } = makeRuntime({ spec: { mode: 'godebug', godebug } });
  const container = { limits, authored: [], hasEnvFrom: false, ...more };
  const { variables, notes, problem } = planEnvironment(
    { ...spec, runtime },
    makeBinary('x', { goVersion, ...(buildInfo === undefined ? {} : { buildInfo }) }),
    container,
  );
  return problem === undefined ? [renderVariables(variables), ...notes].join('; ') : `! ${problem}`;
}

test('GOMEMLIMIT: the limit less a margin, in bytes, from Go 1.19 on', () => {
  expect(plan('go1.26.8', { memoryLimit: {} })).toBe('GOMEMLIMIT=966367641');
  expect(plan('go1.26.8', { memoryLimit: { marginPercent: 25 } })).toBe('GOMEMLIMIT=805306368');
  expect(plan('go1.18.10', { memoryLimit: {} })).toBe('; GOMEMLIMIT: Go 1.18 does not read it');
  for (const memory of [undefined, 'x', '0', '-1'])
    expect(plan('go1.26.8', { memoryLimit: {} }, { limits: memory === undefined ? {} : { memory } })).toBe(
      '; GOMEMLIMIT: the container has no memory limit',
    );
});

test("GOMAXPROCS: by Go 1.25's own rule, where Go itself does not go by it", () => {
  const cpus = (cpu: string | number) => plan('go1.24.3', { maxProcs: 'FromLimit' }, { limits: { cpu } });
  expect(['500m', 2, '2500m', '16'].map(cpus)).toEqual(['2', '2', '3', '16'].map((n) => `GOMAXPROCS=${n}`));
  expect(plan('go1.25.0', { maxProcs: 'FromLimit' })).toMatch(
    /^; GOMAXPROCS: Go 1\.25 follows the CPU limit/,
  );
  expect(plan('go1.24.3', { maxProcs: 'FromLimit' }, { limits: {} })).toMatch(/no CPU limit$/);
  expect(plan('go1.25.0', { maxProcs: 'FromLimit' }, { wish: '1.24' })).toMatch(
    /^GODEBUG=.*containermaxprocs=0.*GOMAXPROCS=2$/,
  );
  const buildInfo = 'path\tx\nbuild\tDefaultGODEBUG=containermaxprocs=0,updatemaxprocs=0\n';
  expect(plan('go1.26.8', { maxProcs: 'FromLimit' }, { buildInfo })).toBe('GOMAXPROCS=2');
});

test('GOGC as wished; nothing that was not asked for', () => {
  expect(plan('go1.26.8', { gcPercent: 'off' })).toBe('GOGC=off');
  expect(plan('go1.26.8', {})).toBe('');
});

test("what the pod's author set stays, and is told", () => {
  const all: GodebugSpec = { settings: { gctrace: '1' }, memoryLimit: {}, gcPercent: '50' };
  expect(plan('go1.26.8', all, { authored: ['GODEBUG', 'GOGC'] })).toBe(
    "GOMEMLIMIT=966367641; GODEBUG: the pod's author set it, and that value stays; GOGC: the pod's author set it, and that value stays",
  );
  expect(plan('go1.26.8', { gcPercent: '50' }, { hasEnvFrom: true })).toMatch(/; envFrom is not looked into/);
});

test('a version is a profile, a comparison says which programs are meant', () => {
  expect(plan('go1.26.8', {}, { wish: '1.25' })).toBe(
    'GODEBUG=cryptocustomrand=1,tlssecpmlkem=0,urlstrictcolons=0',
  );
  expect(plan('go1.26.8', { gcPercent: '50' }, { wish: '<1.25' })).toBe('; go1.26.8 does not meet <1.25');
  expect(plan('go1.22.5', {}, { wish: '1.24' })).toMatch(/^! go1\.22\.5 cannot behave as Go 1\.24/);
  expect(plan('go1.26.8', { settings: { nosuch: '1' } })).toMatch(/^! nosuch is no setting/);
  expect(plan('devel go1.27-abc', {})).toMatch(/^! devel .* is no release of Go/);
});

test('defaults of the build are read from its build info', () => {
  const buildInfo = 'path\tx\nbuild\tDefaultGODEBUG="cryptocustomrand=1,tlssecpmlkem=0"\n';
  const spec = { ...makeRuntime({ spec: { mode: 'godebug' } }).spec, runtime: { goVersion: '1.25' } };
  const container = { limits: {}, authored: [], hasEnvFrom: false };
  const planned = planEnvironment(spec, makeBinary('x', { goVersion: 'go1.26.8', buildInfo }), container);
  expect(planned.variables).toEqual({ GODEBUG: 'urlstrictcolons=0' });
});
