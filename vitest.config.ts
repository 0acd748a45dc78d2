import { defineConfig } from 'vitest/config';

/** One after the other: each has the machine's cores to itself, but for the other lanes of `npm test`. */
const story = { testTimeout: 300_000, hookTimeout: 2_700_000, fileParallelism: false, maxConcurrency: 3 };
const faultTests = ['e2e/{demo,faults}/*.test.ts'];
const fleetTests = ['e2e/{inject,lab,libgo,olm}/*.test.ts'];

export default defineConfig({
  test: {
    reporters: ['default', './tools/plain-summary-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{packages,adapters,apps,lab,testkit,tools}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**'],
          testTimeout: 20_000,
        },
      },
      { test: { ...story, name: 'faults', include: faultTests, sequence: { groupOrder: 1 } } },
      { test: { ...story, name: 'fleet', include: fleetTests, sequence: { groupOrder: 2 } } },
      {
        test: {
          ...story,
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          exclude: [...faultTests, ...fleetTests],
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
