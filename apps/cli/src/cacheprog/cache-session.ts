import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorToJson, type GofleetError, isGofleetError, toGofleetError } from '@gofleet/base/errors';
import { renderDuration } from '@gofleet/base/units';
import type { Namespace } from '@gofleet/build/cacheprog/namespace';
import type { CachedObject } from '@gofleet/build/cacheprog/ports';
import {
  type CacheRequest,
  type CacheResponse,
  RequestDecoder,
  renderResponse,
} from '@gofleet/build/cacheprog/protocol';
import type { LocalTier, TierSession } from '@gofleet/filesystem/local-tier';
import { BundleReader } from './bundle-reader.ts';
import { Counts } from './counts.ts';
import { Patience } from './patience.ts';
import type { RemoteCache } from './remote-cache.ts';
import { SpareFolder } from './spare-folder.ts';
import { Uploader } from './uploader.ts';

export interface CacheSessionOptions {
  readonly tier: LocalTier;
  readonly remote?: RemoteCache;
  /** How long a build may wait for the remote cache in all, and for its uploads at its end. */
  readonly patienceMs: number;
  readonly flushMs: number;
  /** Uploads that are not done when the build ends may go on for so long. */
  readonly backgroundMs: number;
  /** Told before the `go` command gets its goodbye. */
  readonly onCounted: () => void;
  /** To the `go` command. */
  readonly write: (text: string) => void;
  /** A line for the user; each is said once. */
  readonly say: (line: string) => void;
}

/** No object of a build comes near; it is held in memory while it arrives. */
const maxBodyBytes = 512 << 20;
const commands = ['get', 'put', 'close'];

/** One build: answers its `go` command. */
export class CacheSession {
  readonly counts = new Counts();
  /** Fulfilled when `go` was told goodbye, or left; uploads may still go on. */
  readonly closed: Promise<void>;
  /** Fulfilled when the uploads are done or given up, at most minutes later, and the local folder is trimmed. */
  readonly finished: Promise<void>;
  readonly #options: CacheSessionOptions;
  readonly #tier: TierSession;
  readonly #decoder = new RequestDecoder(maxBodyBytes);
  readonly #startedAtMs = Date.now();
  readonly #patience: Patience;
  readonly #said = new Set<string>();
  readonly #spare = new SpareFolder();
  readonly #uploads = new AbortController();
  readonly #reader: BundleReader | undefined;
  readonly #uploader: Uploader | undefined;
  readonly #callsBefore: Readonly<Counts> | undefined;
  #isRemoteOn: boolean;
  #isEnding = false;
  #goodbye: number | undefined;
  #setClosed: () => void = () => undefined;
  #setFinished: () => void = () => undefined;

  constructor(options: CacheSessionOptions) {
    const { tier, remote } = options;
    this.#options = options;
    this.#tier = tier.begin();
    this.#patience = new Patience(options.patienceMs);
    this.closed = new Promise((resolve) => {
      this.#setClosed = resolve;
    });
    this.finished = new Promise((resolve) => {
      this.#setFinished = resolve;
    });
    this.#callsBefore = remote && { ...remote.counts };
    this.#isRemoteOn = remote !== undefined;
    this.#reader = remote && this.#createReader(remote);
    this.#uploader = remote?.canWrite ? this.#createUploader(remote, remote.own) : undefined;
    const down = remote?.downBecause();
    if (down) this.#turnOff(down);
    else if (remote) this.#prepare(remote);
    options.write(renderResponse({ id: 0, knownCommands: commands }));
  }

  /** Takes bytes from the `go` command. */
  push(bytes: Uint8Array): void {
    try {
      for (const request of this.#decoder.push(bytes)) this.#handle(request);
    } catch (thrown) {
      this.say(toGofleetError(thrown).message);
      void this.end();
    }
  }

  say(line: string): void {
    if (this.#said.has(line)) return;
    this.#said.add(line);
    this.#options.say(line);
  }

  /** Ends the build; what it made is uploaded. */
  async end(): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#reader?.stop();
    const { flushMs, backgroundMs } = this.#options;
    setTimeout(() => this.#uploads.abort(), flushMs + backgroundMs).unref();
    const flushed = this.#isRemoteOn && this.#uploader ? this.#uploader.flush() : Promise.resolve();
    const limit = new AbortController();
    await Promise.race([flushed, sleep(flushMs, undefined, { signal: limit.signal }).catch(() => undefined)]);
    limit.abort();
    const { waiting = 0 } = this.#uploader ?? {};
    if (waiting > 0 && this.#isRemoteOn) {
      this.say(`${waiting} objects are not uploaded after ${renderDuration(flushMs)}`);
    }
    this.#countCalls();
    this.#options.onCounted();
    if (this.#goodbye !== undefined) this.#answer({ id: this.#goodbye });
    this.#setClosed();
    this.#spare.remove();
    await flushed;
    await this.#tier.end();
    this.#setFinished();
  }

  /** What the first miss will wait for, begun while the `go` command reads its packages. */
  #prepare({ index, threads, signal }: RemoteCache): void {
    threads.start();
    // That miss asks again, and says why it cannot be had.
    index.refresh(signal).catch(() => undefined);
  }

  /** Calls of the remote since this build began. */
  #countCalls(): void {
    const [now, before] = [this.#options.remote?.counts, this.#callsBefore];
    if (!now || !before) return;
    for (const name of ['networkCalls', 'receivedBytes', 'sentBytes'] as const) {
      this.counts[name] = now[name] - before[name];
    }
  }

  #handle(request: CacheRequest): void {
    if (request.command === 'get') void this.#get(request);
    else if (request.command === 'put') this.#put(request);
    else if (request.command === 'close') {
      this.#goodbye = request.id;
      void this.end();
    } else this.#answer({ id: request.id, error: `unknown command ${request.command.slice(0, 40)}` });
  }

  #answer(response: CacheResponse): void {
    this.#options.write(renderResponse(response));
  }

  async #get({ id, actionId }: CacheRequest): Promise<void> {
    this.counts.gets += 1;
    const local = this.#look(actionId);
    if (local) {
      this.counts.localHits += 1;
      const ref = this.#options.remote?.index.find(actionId);
      if (ref) this.#reader?.used(ref);
      return this.#answer({ id, ...hitOf(local) });
    }
    const found = this.#isRemoteOn ? await this.#getRemote(actionId) : undefined;
    this.counts[found ? 'remoteHits' : 'misses'] += 1;
    this.#answer(found ? { id, ...hitOf(found) } : { id, miss: true });
  }

  /** A local folder that cannot be read makes the build slower, not fail. */
  #look(actionId: string): CachedObject | undefined {
    try {
      return this.#tier.get(actionId);
    } catch (thrown) {
      this.say(`the local cache cannot be read: ${(thrown as Error).message}`);
      return undefined;
    }
  }

  async #getRemote(actionId: string): Promise<CachedObject | undefined> {
    const { remote } = this.#options;
    try {
      if (!remote || !(await this.#fetch(remote, actionId))) return undefined;
      return this.#look(actionId);
    } catch (thrown) {
      this.#turnOff(toGofleetError(thrown));
      return undefined;
    }
  }

  /** Whether a bundle arrived that should have the action. */
  async #fetch({ index, signal }: RemoteCache, actionId: string): Promise<boolean> {
    const isNew = !index.isKnownSince(this.#startedAtMs);
    if (isNew && !(await this.#wait(index.refresh(signal)))) return false;
    const ref = index.find(actionId);
    return ref !== undefined && this.#reader !== undefined && this.#wait(this.#reader.fetch(ref));
  }

  async #wait(promise: Promise<void>): Promise<boolean> {
    if (!this.#isRemoteOn) {
      promise.catch(() => undefined);
      return false;
    }
    const isDone = await this.#patience.wait(promise.then(() => true));
    if (!isDone && this.#isRemoteOn) {
      this.#isRemoteOn = false;
      this.#reader?.stop();
      this.#uploads.abort();
      this.say('the remote cache is slow; the build goes on without it');
    }
    return isDone === true;
  }

  #turnOff(error: GofleetError): void {
    if (!this.#isRemoteOn) return;
    this.#isRemoteOn = false;
    this.#reader?.stop();
    this.#uploads.abort();
    this.#options.remote?.noteProblem(error);
    this.say(`the remote cache cannot be used, the build goes on without it: ${error.message}`);
  }

  #put(put: CacheRequest): void {
    const { id, actionId, outputId, body } = put;
    this.counts.puts += 1;
    const error = problemOf(put);
    if (error !== undefined || body === undefined) {
      this.#answer({ id, error: error ?? 'no body' });
      return;
    }
    try {
      const addedAtNs = BigInt(Date.now()) * 1_000_000n;
      const kept = this.#tier.put({ actionId, outputId, body, addedAtNs });
      this.#answer({ id, diskPath: kept.path });
      if (this.#isRemoteOn)
        this.#uploader?.add({ actionId, outputId, sizeBytes: body.length, path: kept.path });
    } catch (thrown) {
      const { message } = isGofleetError(thrown) ? errorToJson(thrown) : (thrown as Error);
      this.say(`the local cache cannot be written: ${message}`);
      this.#putElsewhere({ id, outputId, body });
    }
  }

  #putElsewhere({ id, outputId, body }: { id: number; outputId: string; body: Uint8Array }): void {
    try {
      this.#answer({ id, diskPath: this.#spare.keep(outputId, body) });
    } catch (thrown) {
      this.#answer({ id, error: (thrown as Error).message });
    }
  }

  #createReader({ index, threads, dropBundle }: RemoteCache): BundleReader {
    const addedAtNs = BigInt(this.#startedAtMs) * 1_000_000n;
    return new BundleReader({
      index,
      has: (actionId) => this.#tier.has(actionId),
      fetch: async ({ namespace, bundle: { sha256 } }) => {
        const key = { namespace, kind: 'bundles', sha256 } as const;
        const fetched = await threads.fetch({ key, ...this.#tier.ahead });
        this.#tier.keepAhead(fetched?.objects.map((object) => ({ ...object, addedAtNs })) ?? []);
        return fetched;
      },
      onCorrupt: (ref, why) => {
        this.counts.corrupt += 1;
        this.say(`the remote cache holds damaged bundle ${ref.bundle.sha256.slice(0, 12)}, not used: ${why}`);
        dropBundle(ref);
      },
    });
  }

  #createUploader({ store, index }: RemoteCache, namespace: Namespace): Uploader {
    return new Uploader({
      ...{ store, index, namespace, signal: this.#uploads.signal },
      onProblem: (error) => this.#turnOff(error),
    });
  }
}

function hitOf({ outputId, sizeBytes, addedAtNs, path }: CachedObject): Omit<CacheResponse, 'id'> {
  return { outputId, sizeBytes, addedAtNs, diskPath: path };
}

function problemOf(put: CacheRequest): string | undefined {
  if (put.body === undefined) return `an object is longer than ${maxBodyBytes} bytes`;
  if (put.actionId === '' || put.outputId === '') return 'a put has an ActionID and an OutputID';
  return hash('sha256', put.body) === put.outputId
    ? undefined
    : 'the body has another hash than OutputID says';
}
