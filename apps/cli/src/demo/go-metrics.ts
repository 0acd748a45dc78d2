/** What a program's own /metrics says of its Go runtime. */
export interface GoMetrics {
  /** `go_info{version}`: what `runtime.Version()` answers. */
  readonly goVersion: string | undefined;
  readonly gcCycles: number;
  /** Quantiles of the stop-the-world pauses since start, in microseconds. */
  readonly gcPauseUs: { readonly p50: number; readonly p75: number; readonly max: number };
}

/**
 * The Go collector's samples in a Prometheus text page; `undefined` when the page has none.
 * @see prometheus/client_golang `collectors.NewGoCollector`
 */
export function parseGoMetrics(page: string): GoMetrics | undefined {
  const pause = (quantile: string): number | undefined => {
    const sample = new RegExp(`^go_gc_duration_seconds\\{quantile="${quantile}"\\} (\\S+)$`, 'm').exec(page);
    return sample ? Math.round(Number(sample[1]) * 1e7) / 10 : undefined;
  };
  const max = pause('1');
  if (max === undefined) return undefined;
  return {
    goVersion: /^go_info\{version="([^"]+)"/m.exec(page)?.[1],
    gcCycles: Number(/^go_gc_duration_seconds_count (\S+)$/m.exec(page)?.[1] ?? 0),
    gcPauseUs: { p50: pause('0.5') ?? 0, p75: pause('0.75') ?? 0, max },
  };
}
