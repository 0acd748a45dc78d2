import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Fleet, startFleet } from '../inject/fleet.ts';
import { runFaults } from './run-faults.ts';
import { clusterFaults, proxyFaults } from './schedule.ts';

const { GOFLEET_FAULT_MINUTES = '10', GOFLEET_FAULT_SEED = '1' } = process.env;
const minutes = Number(GOFLEET_FAULT_MINUTES);

let fleet: Fleet;

beforeAll(async () => {
  fleet = await startFleet('e2e-faults', '1.36', { onlyPresent: true });
});
afterAll(() => fleet?.end());

test(
  'under faults of every kind no last wish is lost and no pod is held up',
  async () => {
    const { client, lab, go } = fleet;
    const run = { client, lab, go, seed: Number(GOFLEET_FAULT_SEED), minutes };
    const figures = await runFaults({ ...run, tell: (line) => console.log(line) });
    console.log(JSON.stringify(figures));
    for (const kind of [...clusterFaults, ...proxyFaults]) expect(figures.faults).toHaveProperty(kind);
    for (const kind of proxyFaults) expect(figures.connectionsOrAnswersMet).toHaveProperty(kind);
    expect(figures.longestStartS).toBeLessThan(120);
    expect(figures.longestEndS).toBeLessThan(120);
  },
  minutes * 60_000 + 420_000,
);
