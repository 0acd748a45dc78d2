import { isDeepStrictEqual } from 'node:util';
import { errorToJson, type GofleetError, toGofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import { SingleFlight } from '@gofleet/base/single-flight';
import { currentLibrary, heldLibraries } from '@gofleet/inject/choose-library';
import type { GoLibrary, LibgoSpec, LibraryStatus } from '@gofleet/inject/library';
import { applyStatus } from '@gofleet/kube/apply-status';
import type { KubeClient } from '@gofleet/kube/client';
import { keyOf } from '@gofleet/kube/kube-object';
import { createWorkQueue } from '@gofleet/kube/work-queue';
import type { Runtime } from './runtime-keeper.ts';

/** Images that libraries come out of. */
export interface LibrarySource {
  /** The image that a reference means now, by its digest. */
  find(image: string): Promise<string>;
  /** Takes a library out of an image, into the builder's store. */
  fetch(wanted: LibgoSpec): Promise<GoLibrary>;
}

export interface LibraryKeeperOptions {
  readonly client: Pick<KubeClient, 'patch'>;
  readonly runtimes: ReadonlyMap<string, Runtime>;
  readonly libraries: LibrarySource;
  readonly log: Log;
}

const fieldManager = 'gofleet-builder';
/** A tag may mean another image then. */
const lookEveryMs = 3_600_000;

/** Errors that say what an image holds, which its digest says already. */
const ofContent: ReadonlySet<string> = new Set([
  'builder.no-go-library',
  'oci.no-such-file',
  'oci.no-such-platform',
  'oci.oversized-file',
  'oci.oversized-archive',
]);

const keyOfFetch = ({ image, path }: LibgoSpec): string => `${image} ${path}`;
const isFixed = ({ image }: LibgoSpec): boolean => image.includes('@sha256:');

/** Has the libraries fetched that wishes of mode libgo mount, and keeps what their status says of them. */
export class LibraryKeeper {
  readonly #options: LibraryKeeperOptions;
  /** By image and path; one fetch for all who wish for it. */
  readonly #running = new SingleFlight<GoLibrary>();
  /** Images by their digest that do not hold what was wished for, by image and path. */
  readonly #refused = new Map<string, GofleetError>();
  /** What each wish was told last: its status comes back later than it is looked at again. */
  readonly #told = new Map<string, LibraryStatus>();
  readonly #queue = createWorkQueue({
    work: (key) => this.#keep(key),
    onError: (key, error, nextInMs) =>
      this.#options.log('warn', 'library not fetched', {
        runtime: key,
        error: errorToJson(error),
        nextInMs,
      }),
    minDelayMs: 2000,
    maxDelayMs: 300_000,
  });

  constructor(options: LibraryKeeperOptions) {
    this.#options = options;
  }

  /** A GoRuntime of mode libgo came or changed. */
  changed(runtime: Runtime): void {
    const key = keyOf(runtime);
    // What is said here comes back as a change: a library that is there is looked for again only in time.
    if (currentLibrary(runtime) === undefined || !this.#told.has(key)) this.#queue.add(key);
  }

  /** A GoRuntime went, or is of another mode. */
  removed(runtime: Runtime): void {
    this.#told.delete(keyOf(runtime));
  }

  /** An artefact was asked for and is not in the store; whether it will be there again. */
  artefactMissing(artefact: string): boolean {
    const held = [...this.#options.runtimes.values()].flatMap(heldLibraries);
    const found = held.find((each) => each.artefact === artefact && each.source !== undefined);
    if (found?.source === undefined) return false;
    // The tag may be another image by now.
    void this.#fetch({ image: found.source, path: found.path }).catch(() => undefined);
    return true;
  }

  stop(): Promise<void> {
    return this.#queue.stop();
  }

  async #keep(key: string): Promise<number | undefined> {
    const runtime = this.#options.runtimes.get(key);
    const { mode, libgo } = runtime?.spec ?? {};
    if (!runtime || mode !== 'libgo' || libgo === undefined) return undefined;
    const known = this.#known(runtime, libgo);
    const isKnown = known?.artefact !== undefined;
    if (isKnown && isFixed(libgo)) return await this.#write(runtime, known);
    try {
      await this.#write(runtime, await this.#look(libgo, known));
      return isFixed(libgo) ? undefined : lookEveryMs;
    } catch (thrown) {
      const { message, hint } = toGofleetError(thrown);
      const problem = [message, ...(hint === undefined ? [] : [hint])].join('; ').slice(0, 1000);
      // What was fetched before stays: nodes have it, and a registry that is away takes nothing back.
      await this.#write(runtime, { ...(isKnown ? known : libgo), problem });
      // Whatever it is, somebody may put it right, and no event tells of that.
      throw thrown;
    }
  }

  #known(runtime: Runtime, { image, path }: LibgoSpec): LibraryStatus | undefined {
    const told = this.#told.get(keyOf(runtime));
    const isOfWish = told?.image === image && told.path === path;
    return isOfWish ? told : currentLibrary(runtime);
  }

  async #look(libgo: LibgoSpec, known: LibraryStatus | undefined): Promise<LibraryStatus> {
    const { image, path } = libgo;
    const source = await this.#options.libraries.find(image);
    if (known?.source === source && known.artefact !== undefined) {
      const { problem: _, ...library } = known;
      return library;
    }
    const library = await this.#fetchOnce({ image: source, path });
    return { image, path, source, ...library };
  }

  /** What an image does not hold it never will: its layers are not read again for that. */
  async #fetchOnce(wanted: LibgoSpec): Promise<GoLibrary> {
    const key = keyOfFetch(wanted);
    const refused = this.#refused.get(key);
    if (refused) throw refused;
    try {
      return await this.#fetch(wanted);
    } catch (thrown) {
      const error = toGofleetError(thrown);
      if (ofContent.has(error.code)) this.#refused.set(key, error);
      throw thrown;
    }
  }

  #fetch(wanted: LibgoSpec): Promise<GoLibrary> {
    const { libraries, log } = this.#options;
    return this.#running.run(keyOfFetch(wanted), async () => {
      const library = await libraries.fetch(wanted);
      log('info', 'library fetched', { ...wanted, ...library });
      return library;
    });
  }

  async #write(runtime: Runtime, library: LibraryStatus): Promise<undefined> {
    this.#told.set(keyOf(runtime), library);
    if (isDeepStrictEqual(currentLibrary(runtime), library)) return;
    await applyStatus(this.#options.client, runtime, { fieldManager, status: { library } });
  }
}
