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
  const ended = await Promise.allSettled(Array.from({ length: concurrency }, worker));
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
}
