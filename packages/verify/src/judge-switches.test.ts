import { makeReadyRuntime } from '@gofleet/testkit/go-runtime-maker';
import { expect, test } from 'vitest';
import type { ContainerCase } from './judge-container.ts';
import { judgeSwitches } from './judge-switches.ts';

const image = 'example.com/operator:v1';
const injection = (...told: string[]) => ({
  ...{ container: 'manager', runtime: 'operator', goVersion: 'go1.26.8', path: '/manager', imageId: 'id' },
  ...{ arguments: told, environment: {} },
});
const good = { phase: 'Verified', reason: 'runs go1.26.8' } as const;

function judge(wanted: string[], told: string[], more: Partial<ContainerCase> & { began?: string[] } = {}) {
  const running = {
    ...{ containerId: 'c', imageId: 'id', sha256: 'x', path: '/manager', observedAt: '', source: '' },
    switches: more.began ?? told,
  };
  const of = (all: string[]) => (all.length === 0 ? [] : [injection(...all)]);
  const parts = { runtime: makeReadyRuntime(image), image, isMissed: false, running, ...more };
  const { phase, reason } = judgeSwitches({ ...parts, wanted: of(wanted), injections: of(told) }, good);
  return `${phase}: ${reason}`;
}

test('verified when the process began with it; until then the pod is to be replaced', () => {
  expect(judge([], [])).toBe('Verified: runs go1.26.8');
  expect(judge(['--a=5'], ['--a=5'])).toBe('Verified: runs go1.26.8; began with --a=5');
  expect(judge(['--a=5'], [])).toBe('RollingOut: will be replaced by a pod with --a=5');
  expect(judge(['--a=5'], ['--a=4'], { waitsFor: 'it is paused' })).toBe(
    'Pending: --a=5 is to be set; it is paused',
  );
  expect(judge([], ['--a=4'])).toBe('RollingOut: will be replaced by a pod with what its author wrote');
  expect(judge(['--a=5'], [], { isMissed: true })).toMatch(
    /^Ineffective: started without --a=5: the webhook/,
  );
});

test('ineffective when something in the container dropped it', () => {
  expect(judge(['--a=5'], ['--a=5'], { began: [] })).toMatch(/^Ineffective: \/manager began without --a=5/);
});
