const boundsS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1] as const;

/** What the controller counts of itself. */
export interface Metrics {
  countReview(result: 'injected' | 'unchanged' | 'error', durationS: number): void;
  countReconcile(result: 'ok' | 'error'): void;
  /** The Prometheus text format, version 0.0.4. */
  render(): string;
}

function add(counts: Map<string, number>, label: string): void {
  counts.set(label, (counts.get(label) ?? 0) + 1);
}

function renderCounter(name: string, help: string, counts: ReadonlyMap<string, number>): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} counter`,
    ...[...counts].map(([result, value]) => `${name}{result="${result}"} ${value}`),
  ];
}

class ControllerMetrics implements Metrics {
  readonly #reviews = new Map<string, number>([
    ['injected', 0],
    ['unchanged', 0],
    ['error', 0],
  ]);
  readonly #reconciles = new Map<string, number>([
    ['ok', 0],
    ['error', 0],
  ]);
  readonly #buckets = boundsS.map(() => 0);
  #sumS = 0;
  #count = 0;

  countReview(result: string, durationS: number): void {
    add(this.#reviews, result);
    this.#sumS += durationS;
    this.#count += 1;
    const index = boundsS.findIndex((bound) => durationS <= bound);
    if (index >= 0) this.#buckets[index] = (this.#buckets[index] ?? 0) + 1;
  }

  countReconcile(result: string): void {
    add(this.#reconciles, result);
  }

  render(): string {
    return `${[
      ...renderCounter('gofleet_admission_reviews_total', 'Pods that the API server sent.', this.#reviews),
      ...this.#renderHistogram('gofleet_admission_seconds'),
      ...renderCounter('gofleet_reconciles_total', 'Reconciled GoRuntimes.', this.#reconciles),
    ].join('\n')}\n`;
  }

  #renderHistogram(name: string): string[] {
    let total = 0;
    const buckets = boundsS.map((bound, index) => {
      total += this.#buckets[index] ?? 0;
      return `${name}_bucket{le="${bound}"} ${total}`;
    });
    return [
      `# HELP ${name} Time to answer a review.`,
      `# TYPE ${name} histogram`,
      ...buckets,
      `${name}_bucket{le="+Inf"} ${this.#count}`,
      `${name}_sum ${this.#sumS}`,
      `${name}_count ${this.#count}`,
    ];
  }
}

export function createMetrics(): Metrics {
  return new ControllerMetrics();
}
