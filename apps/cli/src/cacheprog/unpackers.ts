import { Worker } from 'node:worker_threads';
import { GofleetError } from '@gofleet/base/errors';
import type { UnpackedBundle, UnpackTask } from './unpack-worker.ts';

interface Waiting {
  readonly resolve: (unpacked: UnpackedBundle) => void;
  readonly reject: (error: Error) => void;
}

interface Answer {
  readonly id: number;
  readonly unpacked?: UnpackedBundle;
  readonly failure?: string;
}

/** Beside the command line's bundle there is one of the worker. */
const program = import.meta.url.endsWith('.ts')
  ? new URL('./unpack-worker.ts', import.meta.url)
  : new URL('../unpack-worker.mjs', import.meta.url);

const count = 2;

/** Threads that unpack bundles, started when the first one comes. */
export class Unpackers {
  readonly #waiting = new Map<number, Waiting>();
  #workers: Worker[] = [];
  #last = 0;

  /** What was in a bundle, as far as it is sound: it has files now. @throws `filesystem.cannot-write` */
  unpack(task: UnpackTask): Promise<UnpackedBundle> {
    if (this.#workers.length === 0) this.#start();
    const id = ++this.#last;
    // A small array may be part of a larger one that others use.
    const isWhole = task.bytes.byteLength === task.bytes.buffer.byteLength;
    const own = isWhole ? task.bytes : new Uint8Array(task.bytes);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      const worker = this.#workers[id % count];
      worker?.postMessage({ id, task: { ...task, bytes: own } }, [own.buffer as ArrayBuffer]);
    });
  }

  stop(): void {
    for (const worker of this.#workers) void worker.terminate();
  }

  #start(): void {
    this.#workers = Array.from({ length: count }, () => {
      const worker = new Worker(program);
      worker.on('message', (answer: Answer) => this.#settle(answer));
      worker.on('error', (cause) => this.#fail(cause));
      worker.unref();
      return worker;
    });
  }

  #settle({ id, unpacked, failure }: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (unpacked) waiting?.resolve(unpacked);
    else waiting?.reject(new GofleetError('filesystem.cannot-write', failure ?? 'unpacking failed'));
  }

  #fail(cause: Error): void {
    const error = new GofleetError('filesystem.cannot-write', `unpacking failed: ${cause.message}`, {
      cause,
    });
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
