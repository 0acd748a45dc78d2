import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends a run with a line for each test that failed or was skipped, and the line `N passed, N failed, N skipped`,
 * which any CI can read.
 */
export default class PlainSummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      const before = count.failed;
      for (const test of module.children.allTests()) {
        const { state, errors: causes } = test.result();
        if (state === 'passed' || state === 'failed') count[state] += 1;
        if (state === 'failed') {
          const cause = causes?.[0]?.message.replaceAll(/\s+/g, ' ').slice(0, 500);
          process.stdout.write(`failed: ${module.relativeModuleId} > ${test.fullName}: ${cause}\n`);
        } else if (state !== 'passed') {
          count.skipped += 1;
          process.stdout.write(`skipped: ${test.fullName}\n`);
        }
      }
      if (module.state() === 'failed' && count.failed === before) {
        count.failed += 1;
        process.stdout.write(`failed: ${module.relativeModuleId}, outside its tests\n`);
      }
    }
    process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
  }
}
