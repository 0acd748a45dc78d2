import { expect, test } from 'vitest';
import { judgeWave } from './judge-wave.ts';
import { measurePods } from './measure-pods.ts';

// Served by client_golang v1.23.2 on go1.26.8 after 300 collections; with `WithGoCollectorRuntimeMetrics` of every metric.
const summary = `# HELP go_gc_duration_seconds A summary of the wall-time pause (stop-the-world) duration in garbage collection cycles.
# TYPE go_gc_duration_seconds summary
go_gc_duration_seconds{quantile="0"} 7.681e-06
go_gc_duration_seconds{quantile="0.25"} 1.4372e-05
go_gc_duration_seconds{quantile="0.5"} 3.1617e-05
go_gc_duration_seconds{quantile="0.75"} 0.000105186
go_gc_duration_seconds{quantile="1"} 0.007551227
go_gc_duration_seconds_sum 0.13535361
go_gc_duration_seconds_count 300
`;

const histogramNamed = (name: string): string => `# TYPE ${name} histogram
${name}_bucket{le="6.399999999999999e-08"} 0
${name}_bucket{le="6.399999999999999e-07"} 63
${name}_bucket{le="7.167999999999999e-06"} 299
${name}_bucket{le="8.191999999999999e-05"} 480
${name}_bucket{le="0.0009175039999999999"} 590
${name}_bucket{le="0.010485759999999998"} 599
${name}_bucket{le="0.11744051199999998"} 600
${name}_bucket{le="+Inf"} 600
${name}_sum 0.029206976
${name}_count 600
`;
const newest = histogramNamed('go_sched_pauses_total_gc_seconds');
const others = `${histogramNamed('go_sched_pauses_total_other_seconds')}${histogramNamed('go_sched_pauses_stopping_gc_seconds')}`;

const gate = { metrics: { port: 1 } };
const p99 = expect.closeTo(0.00515, 4);

test('a summary is measured by its mean: it has no p99', () => {
  expect(measurePods([summary], gate)).toEqual({ gcPauses: { count: 300, seconds: 0.13535361 } });
});

test.each(['go_sched_pauses_total_gc_seconds', 'go_gc_pauses_seconds', 'go_gc_pauses_seconds_total'])(
  'the tail of %s, with the first bucket bound that is noticeably above',
  (name) => {
    const tail = { count: 600, p99Seconds: p99, boundSeconds: 0.010485759999999998, above: 1 };
    expect(measurePods([summary + others + histogramNamed(name)], gate)).toEqual({
      gcPauses: { count: 300, seconds: 0.13535361 },
      gcTail: tail,
    });
    expect(measurePods([histogramNamed(name)], gate)).toEqual({
      gcPauses: { count: 600, seconds: 0.029206976 },
      gcTail: tail,
    });
  },
);

test('one pause is counted once where both names are served, and pods on two releases are added up', () => {
  const both = newest + histogramNamed('go_gc_pauses_seconds');
  expect(measurePods([both], gate).gcTail?.count).toBe(600);
  expect(measurePods([newest, histogramNamed('go_gc_pauses_seconds')], gate).gcTail?.count).toBe(1200);
});

test('a bound is kept between samples, and short pauses are not compared by less than a millisecond', () => {
  const before = { gcTail: { count: 1, boundSeconds: 0.0009175039999999999 } };
  expect(measurePods([newest], gate, before).gcTail).toMatchObject({ above: 10 });
  const short = newest.replaceAll(/(le="(?:0\.0009|0\.010)[0-9]*"}) \d+/g, '$1 600');
  expect(measurePods([short], gate).gcTail).toMatchObject({
    p99Seconds: expect.closeTo(0.00075, 3),
    boundSeconds: 0.010485759999999998,
    above: 0,
  });
});

/** What was served, with so many pauses of 10 to 117 ms more. */
function withLong(text: string, more: number): string {
  return text.replaceAll(
    /((?:le="(?:0\.117|\+Inf)[0-9]*"}|_count)) 600/g,
    (_, head) => `${head} ${600 + more}`,
  );
}

const measured = (text: string, before?: ReturnType<typeof measurePods>) => ({
  ...{ at: '2026-01-01T00:00:00Z', pods: 1, ready: 1, restarts: 0, podSeconds: 100 },
  ...measurePods([text], gate, before),
});

function judge(served: string, now: string) {
  const before = measured(served);
  return judgeWave([{ workload: 'Deployment/a', before, now: measured(now, before) }], gate);
}

test('a wave is judged by the p99 of the pauses although their mean is as it was', () => {
  expect(judge(summary + newest, summary + newest)).toEqual({ outcome: 'passed' });
  expect(judge(summary + newest, summary + withLong(newest, 3))).toEqual({ outcome: 'passed' });
  expect(judge(summary + newest, summary + withLong(newest, 40))).toEqual({
    outcome: 'regressed',
    evidence: [
      'Deployment/a: 6.41 % of 640 pauses took longer than 10.5 ms; before, 99 % of 600 took at most 5.17 ms',
    ],
  });
});

test('a program that serves the histogram only from its new release on is judged by the mean', () => {
  expect(judge(summary, summary + withLong(newest, 40))).toEqual({ outcome: 'passed' });
  const slow = summary.replace('0.13535361', '1.3535361');
  expect(judge(summary, slow)).toMatchObject({
    outcome: 'regressed',
    evidence: [expect.stringMatching(/^Deployment\/a: pauses of/)],
  });
});
