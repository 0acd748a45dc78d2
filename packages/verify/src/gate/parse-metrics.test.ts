import fc from 'fast-check';
import { expect, test } from 'vitest';
import { measurePods } from './measure-pods.ts';
import { parseMetrics } from './parse-metrics.ts';
import { addHistograms, countAbove, quantileOf, readHistogram, totalOf } from './read-histogram.ts';

const served = `# HELP go_gc_duration_seconds A summary of the wall-time pause (stop-the-world) duration in garbage collection cycles.
# TYPE go_gc_duration_seconds summary
go_gc_duration_seconds{quantile="0"} 2.7e-05
go_gc_duration_seconds{quantile="1"} 0.00231
go_gc_duration_seconds_sum 0.5
go_gc_duration_seconds_count 100
# TYPE request_seconds histogram
request_seconds_bucket{path="/a",le="0.1"} 90
request_seconds_bucket{path="/a",le="0.5"} 99
request_seconds_bucket{path="/a",le="+Inf"} 100 1700000000000
request_seconds_bucket{path="/b \\"q\\" \\\\ \\n",le="0.1"} 100
request_seconds_bucket{path="/b \\"q\\" \\\\ \\n",le="0.5"} 100
request_seconds_bucket{path="/b \\"q\\" \\\\ \\n",le="+Inf"} 100 # {trace_id="x"} 1
request_seconds_sum{path="/a"} 7
other_metric{} NaN
broken{ 1
request_seconds_bucket{le="x"} nonsense
`;

test('what Prometheus would read, of the families asked for', () => {
  const samples = parseMetrics(served, ['request_seconds_bucket']);
  expect(samples).toHaveLength(6);
  expect(samples[3]?.labels).toEqual({ path: '/b "q" \\ \n', le: '0.1' });
  expect(parseMetrics(served, ['other', 'broken'])).toEqual([]);
});

test('series are added up, quantiles interpolated, tails counted', () => {
  const histogram = readHistogram(parseMetrics(served, ['request_seconds']), 'request_seconds');
  expect(histogram).toBeDefined();
  if (!histogram) return;
  expect(totalOf(histogram)).toBe(200);
  expect(quantileOf(histogram, 0.5)).toBeCloseTo(0.1 * (100 / 190));
  expect(quantileOf(histogram, 0.99)).toBeCloseTo(0.1 + 0.4 * (8 / 9));
  expect(countAbove(histogram, 0.5)).toBe(1);
  expect(countAbove(histogram, 0.05)).toBe(10);
  expect(totalOf(addHistograms([histogram, histogram]) ?? { buckets: [] })).toBe(400);
});

test('a workload is measured over its pods; later samples by the bound of the first', () => {
  const gate = { metrics: { port: 1, latency: { histogram: 'request_seconds' } } };
  const measured = measurePods([served, served], gate);
  expect(measured.gcPauses).toEqual({ count: 200, seconds: 1 });
  // p99 × 1.5 is 0.68 s: the histogram has no bound that high, so that nothing can be judged by it.
  expect(measured.latency).toEqual({ count: 400, p99Seconds: expect.closeTo(0.455, 2) });
  expect(measurePods([served], gate, { latency: { count: 1, boundSeconds: 0.1 } }).latency).toMatchObject({
    boundSeconds: 0.1,
    above: 10,
  });
  expect(measurePods(['', 'x'], gate)).toEqual({});
});

test('any text is read without a crash, and what was written is read back', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseMetrics(text, [''])));
  const value = fc.oneof(fc.double({ noNaN: true }), fc.integer());
  const labels = fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), fc.string());
  fc.assert(
    fc.property(labels, value, (known, number) => {
      const quoted = (text: string) =>
        text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
      const pairs = Object.entries(known).filter(([, text]) => !text.includes('\r'));
      const inner = pairs.map(([name, text]) => `${name}="${quoted(text)}"`).join(',');
      const written = number === Infinity ? '+Inf' : number === -Infinity ? '-Inf' : `${number}`;
      const [sample] = parseMetrics(`m{${inner}} ${written}\n`, ['m']);
      expect(sample?.value === number).toBe(true);
      expect({ ...sample?.labels }).toEqual(Object.fromEntries(pairs));
    }),
  );
});
