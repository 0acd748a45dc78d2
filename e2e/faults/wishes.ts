import { setTimeout as sleep } from 'node:timers/promises';
import { isGofleetError } from '@gofleet/base/errors';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { unlessGone } from '@gofleet/kube/unless-gone';
import { seededRandom, shuffled } from '@gofleet/testkit/seeded-random';
import { persist } from './persist.ts';
import { namespace, type Workload, wishesPath, workloads } from './workloads.ts';

/** What a workload is to run with: a Go release, or a value of GOGC; `undefined` for what its author gave it. */
export type Wish = string | undefined;

const releases: readonly Wish[] = ['1.23.4', '1.24.1', undefined];
const percents: readonly Wish[] = ['50', '80', undefined];

const choicesOf = ({ mode }: Workload): readonly Wish[] => (mode === 'relink' ? releases : percents);

function renderWish({ name, mode }: Workload, wish: string): GoRuntime {
  const what =
    mode === 'relink'
      ? { runtime: { goVersion: wish } }
      : { mode, runtime: { goVersion: '>=1.13' }, godebug: { gcPercent: wish } };
  return {
    apiVersion: 'gofleet.dev/v1alpha1',
    kind: 'GoRuntime',
    metadata: { name, namespace },
    spec: { selector: { matchLabels: { app: name } }, repair: 'Restart', ...what },
  };
}

/** Makes the wish of a workload so; whether it could, which a wish that is still leaving may prevent. */
export async function makeWish(client: KubeClient, workload: Workload, wish: Wish): Promise<boolean> {
  const path = `${wishesPath}/${workload.name}`;
  const known = await persist(() => unlessGone(client.get<GoRuntime & KubeObject>(path)));
  const isLeaving = known?.metadata.deletionTimestamp !== undefined;
  if (wish === undefined) {
    if (known && !isLeaving) await persist(() => unlessGone(client.delete(path)));
    return true;
  }
  if (isLeaving) return false;
  const { spec, ...rest } = renderWish(workload, wish);
  try {
    if (known) await persist(() => client.patch(path, { spec }, { type: 'merge' }));
    else await persist(() => client.create(wishesPath, { ...rest, spec }));
    return true;
  } catch (thrown) {
    // It came or went in between, perhaps by an answer that was lost.
    if (isGofleetError(thrown) && /^kube\.(?:already-exists|not-found)$/.test(thrown.code)) return false;
    throw thrown;
  }
}

/** Somebody who keeps changing his mind. */
export class Wisher {
  readonly #client: KubeClient;
  readonly #random: () => number;
  /** What was wished last, by workload. */
  readonly wishes = new Map<string, Wish>();
  changes = 0;

  constructor(client: KubeClient, seed: number) {
    this.#client = client;
    this.#random = seededRandom(seed + 1);
  }

  /** Changes one wish after the other until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const [workload] = shuffled(workloads, this.#random);
      if (workload) await this.#change(workload);
      await sleep(3000 + this.#random() * 5000, undefined, { signal }).catch(() => undefined);
    }
  }

  /** The last wishes: at least one of the releases, one of none. */
  async decide(): Promise<void> {
    const last = shuffled(releases, this.#random);
    for (const [at, workload] of workloads.entries())
      await this.#wish(workload, workload.mode === 'relink' ? last[at] : this.#pick(workload));
  }

  /** Says the last wishes once more, until every one of them stands; whoever says them sees that they do. */
  async insist(): Promise<void> {
    for (const workload of workloads)
      while (!(await makeWish(this.#client, workload, this.wishes.get(workload.name)))) await sleep(500);
  }

  #pick(workload: Workload): Wish {
    const now = this.wishes.get(workload.name);
    const [next] = shuffled(
      choicesOf(workload).filter((choice) => choice !== now),
      this.#random,
    );
    return next;
  }

  async #change(workload: Workload): Promise<void> {
    await this.#wish(workload, this.#pick(workload));
  }

  async #wish(workload: Workload, wish: Wish): Promise<void> {
    this.wishes.set(workload.name, wish);
    if (await makeWish(this.#client, workload, wish)) this.changes += 1;
  }
}
