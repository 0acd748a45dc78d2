/** Requests at the same time: the API server's own limits are fair, a fleet of them at once is not. */
const concurrency = 8;

/**
 * Does the work of every item, a few at the same time. After an error no more is begun, and it is told once all that runs has ended, so
 * that nothing of this turn comes after the next turn's.
 */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  let hasFailed = false;
  const worker = async (): Promise<void> => {
    for (const item of rest) {
      if (hasFailed) return;
      await work(item).catch((thrown: unknown) => {
        hasFailed = true;
        throw thrown;
      });
    }
  };
  await allEnded(Array.from({ length: concurrency }, worker));
}

/** What all have resolved to; throws what the first of them has once none goes on any more. */
export async function allEnded<T extends readonly unknown[]>(
  works: {
    readonly [K in keyof T]: Promise<T[K]>;
  },
): Promise<T> {
  for (const each of await Promise.allSettled(works)) if (each.status === 'rejected') throw each.reason;
  return Promise.all(works) as unknown as Promise<T>;
}
