import { runFaults } from '../e2e/faults/run-faults.ts';
import { startFleet } from '../e2e/inject/fleet.ts';
import type { Bench } from './bench.ts';

const { GOFLEET_FAULT_MINUTES = '10', GOFLEET_FAULT_SEED = '1' } = process.env;

async function run(): Promise<Record<string, unknown>> {
  const fleet = await startFleet('bench-faults', '1.36', { onlyPresent: true });
  try {
    return await runFaults({
      ...fleet,
      minutes: Number(GOFLEET_FAULT_MINUTES),
      seed: Number(GOFLEET_FAULT_SEED),
      tell: (line) => console.error(`${new Date().toISOString()} ${line}`),
    });
  } finally {
    await fleet.end();
  }
}

export const bench: Bench = {
  question:
    'while the API server, etcd, the network and gofleet itself fail over and over (GOFLEET_FAULT_MINUTES): does every last wish come true, how long is a pod held up, does memory grow?',
  run,
};
