import { expect, test } from 'vitest';
import { parseGoMetrics } from './go-metrics.ts';

const page = `# HELP go_gc_duration_seconds A summary of the pause duration of garbage collection cycles.
# TYPE go_gc_duration_seconds summary
go_gc_duration_seconds{quantile="0"} 2.7e-05
go_gc_duration_seconds{quantile="0.25"} 4.1e-05
go_gc_duration_seconds{quantile="0.5"} 5.35e-05
go_gc_duration_seconds{quantile="0.75"} 8.8e-05
go_gc_duration_seconds{quantile="1"} 0.000412
go_gc_duration_seconds_sum 0.0023
go_gc_duration_seconds_count 21
go_info{version="go1.21.5"} 1
`;

test('pauses in microseconds, cycles and the version', () => {
  expect(parseGoMetrics(page)).toEqual({
    goVersion: 'go1.21.5',
    gcCycles: 21,
    gcPauseUs: { p50: 53.5, p75: 88, max: 412 },
  });
});

test('a page of another program has none', () => {
  expect(parseGoMetrics('process_cpu_seconds_total 3\n')).toBeUndefined();
});
