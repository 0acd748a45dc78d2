import { expect, test } from 'vitest';
import type { RunningFacts } from '../runtime-status.ts';
import { renderIdentities } from './identity.ts';

const facts = (containerId: string, more: Partial<RunningFacts> = {}): RunningFacts => ({
  ...{ containerId, imageId: 'i', sha256: 'a', path: '/x', goVersion: 'go1.26.8' },
  ...{ observedAt: '2026-01-01T00:00:00Z', source: '/proc/1/exe on a', ...more },
});

test('every Go container that runs, in the order of names', () => {
  const containers = [
    { name: 'sidecar', running: facts('2', { buildId: 'a/b/c/d', fingerprint: '0123456789ab' }) },
    { name: 'manager', running: facts('1') },
  ];
  expect(renderIdentities({ containers }, new Set(['1', '2']))).toBe(
    '{"manager":{"goVersion":"go1.26.8"},"sidecar":{"goVersion":"go1.26.8","buildId":"a/b/c/d","fingerprint":"0123456789ab"}}',
  );
});

test('what is no Go program, or ended, is not told', () => {
  const { goVersion: _, ...noGo } = facts('1');
  const containers = [
    { name: 'shell', running: noGo },
    { name: 'before', running: facts('0') },
  ];
  expect(renderIdentities({ containers }, new Set(['1']))).toBeUndefined();
});
