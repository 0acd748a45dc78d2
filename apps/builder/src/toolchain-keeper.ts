import { errorToJson, isGofleetError, toGofleetError } from '@gofleet/base/errors';
import { exactGoVersion, parseGoConstraint } from '@gofleet/base/go-constraint';
import type { Log } from '@gofleet/base/log';
import { SingleFlight } from '@gofleet/base/single-flight';
import type { ArtefactStore } from '@gofleet/build/ports';
import { releasesToFetch } from '@gofleet/inject/choose-releases';
import { describeMismatch, pinnedDigest } from '@gofleet/inject/pinned-release';
import type { Resolution } from '@gofleet/inject/runtime-status';
import type { ToolchainRelease, ToolchainStatus } from '@gofleet/inject/toolchain';
import { applyStatus } from '@gofleet/kube/apply-status';
import type { KubeClient } from '@gofleet/kube/client';
import { keyOf } from '@gofleet/kube/kube-object';
import { createWorkQueue } from '@gofleet/kube/work-queue';
import type { Runtime } from './runtime-keeper.ts';

/** The toolchain module of a release, confirmed by the checksum database, in the builder's store. */
export type FetchedModule = Required<Pick<ToolchainRelease, 'artefact' | 'arch' | 'sizeBytes' | 'h1'>>;

/** Fetches the toolchain module of a release, `go1.26.8`, into the store. */
export type FetchToolchain = (goVersion: string) => Promise<FetchedModule>;

export interface ToolchainKeeperOptions {
  readonly client: Pick<KubeClient, 'patch'>;
  readonly runtimes: ReadonlyMap<string, Runtime>;
  readonly store: Pick<ArtefactStore, 'put'>;
  /** The exact release that a version or constraint means, `go1.26.8`. */
  readonly resolve: (constraint: string) => Promise<{ readonly goVersion: string }>;
  readonly fetchToolchain: FetchToolchain;
  /** The program that stands for `go` in pods. */
  readonly readShim: () => Promise<Uint8Array>;
  readonly log: Log;
}

/** Of wishes of mode toolchain, all that the builder says; of the others, beside what it says of their builds. */
const fieldManagers = { toolchain: 'gofleet-builder', sandbox: 'gofleet-builder-sandbox' } as const;
/** New releases come out; a constraint may mean another one then. */
const resolveEveryMs = 3_600_000;

async function* chunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** A fetched release, or why it is not the one that the wish's channel pins. */
function asPinned(runtime: Runtime, release: ToolchainRelease): ToolchainRelease {
  const [digest, { channel }] = [pinnedDigest(runtime), runtime.spec.runtime ?? {}];
  const { requested, goVersion, h1 } = release;
  if (digest === undefined || channel === undefined || goVersion === undefined) return release;
  const found = h1 === undefined ? [] : [h1];
  const problem = describeMismatch({ channel, digest }, { goVersion, found });
  return problem === undefined ? release : { requested, problem };
}

/** Has the releases fetched that wishes of mode toolchain and sandboxes mount, and keeps what their status says of them. */
export class ToolchainKeeper {
  readonly #options: ToolchainKeeperOptions;
  /** By release; one fetch for all who wish for it. */
  readonly #modules = new SingleFlight<FetchedModule>();
  readonly #applied = new Map<string, string>();
  #shim: Promise<string> | undefined;
  readonly #queue = createWorkQueue({
    work: (key) => this.#keep(key),
    onError: (key, error, nextInMs) =>
      this.#options.log('warn', 'toolchains not fetched', {
        runtime: key,
        error: errorToJson(error),
        nextInMs,
      }),
    minDelayMs: 2000,
    maxDelayMs: 300_000,
  });

  constructor(options: ToolchainKeeperOptions) {
    this.#options = options;
  }

  /** A GoRuntime for which releases are to be mounted, or were, came or changed. */
  changed(runtime: Runtime): void {
    this.#queue.add(keyOf(runtime));
  }

  /** A GoRuntime went, or has nothing to do with releases. */
  removed(runtime: Runtime): void {
    this.#applied.delete(keyOf(runtime));
  }

  /** An artefact was asked for and is not in the store; whether it will be there again. */
  artefactMissing(artefact: string): boolean {
    for (const { status } of this.#options.runtimes.values()) {
      const { shim, releases = [] } = status?.toolchain ?? {};
      const goVersion = releases.find((each) => each.artefact === artefact)?.goVersion;
      if (goVersion === undefined && shim !== artefact) continue;
      if (goVersion === undefined) void this.#storeShim().catch(() => undefined);
      else void this.#fetch(goVersion).catch(() => undefined);
      return true;
    }
    return false;
  }

  stop(): Promise<void> {
    return this.#queue.stop();
  }

  async #keep(key: string): Promise<number | undefined> {
    const runtime = this.#options.runtimes.get(key);
    if (!runtime) return undefined;
    const isMode = runtime.spec.mode === 'toolchain';
    const requested = releasesToFetch(runtime);
    if (requested.length === 0 && !isMode) return await this.#forget(runtime);
    // What a custom resource is to say has not been read yet.
    if (requested.length === 0) return undefined;
    const releases: ToolchainRelease[] = [];
    let failure: unknown;
    for (const each of requested) {
      try {
        const release = await this.#release(runtime, each);
        releases.push(isMode && each === requested[0] ? asPinned(runtime, release) : release);
      } catch (thrown) {
        const { message, retry, code } = toGofleetError(thrown);
        // A release that does not exist today may come out; everything else is tried again soon.
        if (!isGofleetError(thrown) || retry === 'later' || !code.startsWith('resolve.')) failure ??= thrown;
        releases.push({ requested: each, problem: failure === thrown ? `${message}; tried again` : message });
      }
    }
    const shim = isMode ? { shim: await this.#shimOnce() } : {};
    await this.#write(runtime, { ...shim, releases });
    if (failure !== undefined) throw failure;
    const isFixed = releases.every(
      (each) => each.artefact && exactGoVersion(parseGoConstraint(each.requested)),
    );
    return isFixed ? undefined : resolveEveryMs;
  }

  /** What was fetched before stays: nodes have it, and a proxy that is away takes nothing back. */
  async #release(runtime: Runtime, requested: string): Promise<ToolchainRelease> {
    const known = runtime.status?.toolchain?.releases?.find((each) => each.requested === requested);
    const exact = exactGoVersion(parseGoConstraint(requested));
    if (exact && known?.artefact !== undefined && known.arch !== undefined) return known;
    const { goVersion } = await this.#options.resolve(requested).catch((thrown: unknown) => {
      if (known?.goVersion !== undefined && known.artefact !== undefined)
        return { goVersion: known.goVersion };
      throw thrown;
    });
    const kept = known?.goVersion === goVersion && known.artefact !== undefined ? known : undefined;
    if (kept?.arch !== undefined) return kept;
    try {
      return { requested, goVersion, ...(await this.#fetch(goVersion)) };
    } catch (thrown) {
      // Of a builder that did not tell processors yet.
      if (kept) return kept;
      throw thrown;
    }
  }

  #fetch(goVersion: string): Promise<FetchedModule> {
    const { fetchToolchain, log } = this.#options;
    return this.#modules.run(goVersion, async () => {
      const module = await fetchToolchain(goVersion);
      log('info', 'toolchain fetched and confirmed by the checksum database', { goVersion, ...module });
      return module;
    });
  }

  #shimOnce(): Promise<string> {
    this.#shim ??= this.#storeShim();
    void this.#shim.catch(() => {
      this.#shim = undefined;
    });
    return this.#shim;
  }

  async #storeShim(): Promise<string> {
    const { store, readShim } = this.#options;
    return (await store.put(chunk(await readShim()))).sha256;
  }

  async #write(runtime: Runtime, toolchain: ToolchainStatus): Promise<void> {
    const { goVersion, problem } = toolchain.releases?.[0] ?? {};
    const digest = pinnedDigest(runtime);
    const resolution: Resolution = {
      requested: toolchain.releases?.[0]?.requested ?? '',
      ...(digest === undefined ? {} : { digest }),
      ...(goVersion === undefined ? {} : { goVersion }),
      ...(problem === undefined ? {} : { problem }),
    };
    const isMode = runtime.spec.mode === 'toolchain';
    const fieldManager = isMode ? fieldManagers.toolchain : fieldManagers.sandbox;
    await this.#apply(runtime, fieldManager, isMode ? { resolution, toolchain } : { toolchain });
  }

  /** The sandbox is wished for no more: nodes need not keep its releases. */
  async #forget(runtime: Runtime): Promise<undefined> {
    if (runtime.status?.toolchain) await this.#apply(runtime, fieldManagers.sandbox, {});
  }

  async #apply(runtime: Runtime, fieldManager: string, status: object): Promise<void> {
    const key = keyOf(runtime);
    const text = JSON.stringify([runtime.metadata.uid, fieldManager, status]);
    if (this.#applied.get(key) === text) return;
    await applyStatus(this.#options.client, runtime, { fieldManager, status });
    this.#applied.set(key, text);
  }
}
