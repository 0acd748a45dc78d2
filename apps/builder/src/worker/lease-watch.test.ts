import { makeGoBuild } from '@gofleet/testkit/go-build-maker';
import { expect, test } from 'vitest';
import { LeaseWatch } from './lease-watch.ts';

test('a claim is void when it was not seen renewed for its lease, whatever times it names', () => {
  let nowMs = 0;
  const leases = new LeaseWatch(() => nowMs);
  const claimed = (renewedAt: string) =>
    makeGoBuild('a', {
      status: { phase: 'Building', claim: { holder: 'w', acquiredAt: 'x', renewedAt, leaseSeconds: 30 } },
    });
  const build = claimed('1970-01-01T00:00:00Z');
  expect(leases.isAbandoned(build)).toBe(false);
  leases.see(build);
  nowMs = 30_000;
  leases.see(build);
  expect(leases.isAbandoned(build)).toBe(false);
  nowMs = 30_001;
  expect(leases.isAbandoned(build)).toBe(true);
  leases.see(claimed('2099-01-01T00:00:00Z'));
  expect(leases.isAbandoned(build)).toBe(false);
  leases.forget(build);
  expect(leases.isAbandoned(build)).toBe(false);
});
