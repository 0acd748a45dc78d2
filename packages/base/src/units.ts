const sizeSteps = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** A size for eyes: `1.5 MiB`. */
export function renderBytes(sizeBytes: number): string {
  let value = sizeBytes;
  let step = 0;
  while (value >= 1024 && step < sizeSteps.length - 1) {
    value /= 1024;
    step += 1;
  }
  return `${step === 0 ? value : value.toFixed(1)} ${sizeSteps[step]}`;
}

/** A duration for eyes: `540 ms`, `3.2 s`, `4 min 10 s`. */
export function renderDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 60_000) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** The value at quantile `q` (0…1) of the numbers, by nearest rank; `undefined` when there are none. */
export function quantile(numbers: readonly number[], q: number): number | undefined {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))];
}
