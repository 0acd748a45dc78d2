import { setTimeout as sleep } from 'node:timers/promises';
import type { LabState } from '@gofleet/lab/lab';
import { residentMiB, roleProcesses } from './lab-processes.ts';

const roles = ['controller', 'node', 'builder'] as const;
const everyMs = 2000;
/** What a process took while it began says nothing of how it goes on. */
const shortestMs = 180_000;

interface Sample {
  readonly pid: number;
  readonly atMs: number;
  readonly mib: number;
}

export interface MemoryFigures {
  readonly maxMiB: number;
  /** Of the process that was watched longest, without its first quarter, if that is 3 min: a least-squares slope, twice its standard error. */
  readonly slopeMiBPerH?: number;
  readonly boundMiBPerH?: number;
  readonly overMin?: number;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const rounded = (value: number): number => Math.round(value * 10) / 10;

/** The slope of y over x by least squares, and its standard error; residuals of neighbours are taken for independent. */
export function fitSlope(points: readonly { readonly x: number; readonly y: number }[]): {
  readonly slope: number;
  readonly error: number;
} {
  const n = points.length;
  const meanX = sum(points.map(({ x }) => x)) / n;
  const meanY = sum(points.map(({ y }) => y)) / n;
  const spread = sum(points.map(({ x }) => (x - meanX) ** 2));
  const slope = sum(points.map(({ x, y }) => (x - meanX) * (y - meanY))) / spread;
  const residual = sum(points.map(({ x, y }) => (y - meanY - slope * (x - meanX)) ** 2));
  return { slope, error: Math.sqrt(residual / (n - 2) / spread) };
}

function figuresOf(samples: readonly Sample[]): MemoryFigures {
  const maxMiB = rounded(Math.max(0, ...samples.map(({ mib }) => mib)));
  const byProcess = [...Map.groupBy(samples, ({ pid }) => pid).values()];
  const [longest = []] = byProcess.sort((a, b) => b.length - a.length);
  const settled = longest.slice(Math.ceil(longest.length / 4));
  const [first, last] = [settled.at(0), settled.at(-1)];
  if (!first || !last || last.atMs - first.atMs < shortestMs) return { maxMiB };
  const fit = fitSlope(settled.map(({ atMs, mib }) => ({ x: atMs / 3_600_000, y: mib })));
  return {
    maxMiB,
    slopeMiBPerH: rounded(fit.slope),
    boundMiBPerH: rounded(2 * fit.error),
    overMin: rounded((last.atMs - first.atMs) / 60_000),
  };
}

/** What the roles of gofleet hold in memory. */
export class MemoryWatch {
  readonly #lab: LabState;
  readonly #samples = new Map<string, Sample[]>(roles.map((role) => [role, []]));

  constructor(lab: LabState) {
    this.#lab = lab;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const [role, samples] of this.#samples)
        for (const pid of roleProcesses(this.#lab, role)) {
          const mib = residentMiB(pid);
          if (mib !== undefined) samples.push({ pid, atMs: performance.now(), mib });
        }
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  figures(): Readonly<Record<string, MemoryFigures>> {
    return Object.fromEntries([...this.#samples].map(([role, samples]) => [role, figuresOf(samples)]));
  }
}
