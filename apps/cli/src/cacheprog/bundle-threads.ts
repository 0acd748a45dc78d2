import { Worker } from 'node:worker_threads';
import { type ErrorParts, GofleetError } from '@gofleet/base/errors';
import type { RemoteSpec } from '@gofleet/build/cacheprog/remote-spec';
import type { BundleTask, FetchedBundle } from './bundle-thread.ts';
import type { Counts } from './counts.ts';

interface Thread {
  readonly worker: Worker;
  /** Bundles that it has to fetch. */
  tasks: number;
}

interface Waiting {
  readonly thread: Thread;
  readonly resolve: (fetched: FetchedBundle | undefined) => void;
  readonly reject: (error: Error) => void;
}

interface Answer {
  readonly id: number;
  readonly fetched?: FetchedBundle;
  readonly failure?: ErrorParts & { readonly code: string; readonly message: string };
}

/** Beside the command line's bundle there is one of the thread. */
const program = import.meta.url.endsWith('.ts')
  ? new URL('./bundle-thread.ts', import.meta.url)
  : new URL('../bundle-thread.mjs', import.meta.url);

const count = 2;

/** Threads that fetch, verify and unpack bundles: hundreds of megabytes are not for the one that answers the `go` command. */
export class BundleThreads {
  readonly #waiting = new Map<number, Waiting>();
  readonly #remote: RemoteSpec;
  readonly #counts: Counts;
  #threads: Thread[] = [];
  #last = 0;

  constructor(remote: RemoteSpec, counts: Counts) {
    this.#remote = remote;
    this.#counts = counts;
  }

  /** Starts the threads, so that the first bundle does not wait for them. */
  start(): void {
    if (this.#threads.length > 0) return;
    this.#threads = Array.from({ length: count }, () => {
      const worker = new Worker(program, { workerData: this.#remote });
      worker.on('message', (answer: Answer) => this.#settle(answer));
      worker.on('error', (cause) => this.#fail(cause));
      worker.unref();
      return { worker, tasks: 0 };
    });
  }

  /**
   * What was in a bundle, as far as it is sound: it has files now. `undefined` when there is no such bundle.
   * @throws as `RemoteStore`, `filesystem.cannot-write`, `filesystem.disk-full`
   */
  fetch(task: BundleTask): Promise<FetchedBundle | undefined> {
    this.start();
    this.#counts.networkCalls += 1;
    const id = ++this.#last;
    const thread = this.#threads.reduce((least, other) => (other.tasks < least.tasks ? other : least));
    thread.tasks += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { thread, resolve, reject });
      thread.worker.postMessage({ id, task });
    });
  }

  stop(): void {
    for (const { worker } of this.#threads) void worker.terminate();
  }

  #settle({ id, fetched, failure }: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (waiting) waiting.thread.tasks -= 1;
    this.#counts.receivedBytes += fetched?.receivedBytes ?? 0;
    if (failure) waiting?.reject(new GofleetError(failure.code, failure.message, failure));
    else waiting?.resolve(fetched);
  }

  #fail(cause: Error): void {
    const message = `a thread that unpacks failed: ${cause.message}`;
    const error = new GofleetError('filesystem.cannot-write', message, { cause });
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
