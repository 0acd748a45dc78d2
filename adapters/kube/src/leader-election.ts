import { type GofleetError, isGofleetError, toGofleetError } from '@gofleet/base/errors';
import type { KubeClient } from './client.ts';
import type { KubeObject } from './kube-object.ts';

interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

export interface LeaderElectionOptions {
  readonly client: Pick<KubeClient, 'get' | 'update'>;
  /** Path of the Lease, which exists: `/apis/coordination.k8s.io/v1/namespaces/x/leases/y`. */
  readonly path: string;
  /** Who asks; of its own for every process. */
  readonly identity: string;
  /** How long others wait after the last renewal that they saw; whole seconds. Default 15 s. */
  readonly leaseMs?: number;
  /** How long after a renewal was begun its holder may write. Less than the lease; default 10 s. */
  readonly renewDeadlineMs?: number;
  /** Between attempts; default 2 s. */
  readonly retryMs?: number;
  readonly onChange?: (isLeader: boolean) => void;
  readonly onError?: (error: GofleetError) => void;
}

/** Whether this process is the one that writes. */
export interface LeaderElection {
  /** By the monotonic clock: false from the renew deadline on, whether or not anything has noticed yet. */
  isLeader(): boolean;
  /** Begins; goes on until it is stopped. */
  start(): void;
  /** Gives the lease back when it is held. */
  stop(): Promise<void>;
}

/**
 * Leader election by a Lease. No two clocks are compared: others count from when they *saw* a renewal, the holder from before it wrote.
 * @see client-go tools/leaderelection/leaderelection.go (v0.36), whose fields and durations these are
 */
class LeaseElection implements LeaderElection {
  readonly #options: Required<Omit<LeaderElectionOptions, 'onChange' | 'onError'>> &
    Pick<LeaderElectionOptions, 'onChange' | 'onError'>;
  #ended: Promise<void> = Promise.resolve();
  #renewedAt = Number.NEGATIVE_INFINITY;
  #seen = { version: '', at: Number.NEGATIVE_INFINITY };
  #wasLeader = false;
  #isStopped = false;
  #wake: () => void = () => undefined;

  constructor(options: LeaderElectionOptions) {
    this.#options = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2000, ...options };
  }

  isLeader(): boolean {
    return performance.now() - this.#renewedAt < this.#options.renewDeadlineMs;
  }

  start(): void {
    this.#ended = this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake();
    await this.#ended;
    if (!this.isLeader()) return;
    // Nothing is written by this process from here on.
    this.#renewedAt = Number.NEGATIVE_INFINITY;
    await this.#release().catch(this.#told);
    this.#tell();
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      await this.#attempt().catch(this.#told);
      this.#tell();
      if (!this.#isStopped) await this.#pause(this.#options.retryMs * (1 + Math.random() * 0.2));
    }
  }

  /** Ends early when the election is stopped. */
  #pause(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, durationMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  readonly #told = (thrown: unknown): void => {
    // Somebody else was quicker: no failure, the next attempt sees who.
    if (isGofleetError(thrown) && thrown.code === 'kube.conflict') return;
    this.#options.onError?.(toGofleetError(thrown));
  };

  #tell(): void {
    const isLeader = this.isLeader();
    if (isLeader !== this.#wasLeader) this.#options.onChange?.(isLeader);
    this.#wasLeader = isLeader;
  }

  async #attempt(): Promise<void> {
    const { client, path, identity, leaseMs } = this.#options;
    const startedAt = performance.now();
    const lease = await client.get<Lease>(path);
    const { holderIdentity = '', acquireTime, leaseTransitions = 0 } = lease.spec ?? {};
    if (holderIdentity !== '' && holderIdentity !== identity && !this.#isOver(lease)) return;
    const isOurs = holderIdentity === identity;
    const now = new Date().toISOString().replace(/Z$/, '000Z');
    const spec = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseMs / 1000),
      acquireTime: isOurs && acquireTime !== undefined ? acquireTime : now,
      renewTime: now,
      leaseTransitions: isOurs ? leaseTransitions : leaseTransitions + 1,
    };
    await client.update(path, { ...lease, spec });
    this.#renewedAt = startedAt;
  }

  /** Whether another's lease was not renewed for as long as it lasts, as seen from here. */
  #isOver({ metadata: { resourceVersion = '' } }: Lease): boolean {
    const now = performance.now();
    if (this.#seen.version !== resourceVersion) this.#seen = { version: resourceVersion, at: now };
    return now - this.#seen.at >= this.#options.leaseMs;
  }

  async #release(): Promise<void> {
    const { client, path, identity } = this.#options;
    const lease = await client.get<Lease>(path);
    if (lease.spec?.holderIdentity !== identity) return;
    const { holderIdentity: _, ...spec } = lease.spec;
    await client.update(path, { ...lease, spec });
  }
}

/** An election that has not begun. */
export function createLeaderElection(options: LeaderElectionOptions): LeaderElection {
  return new LeaseElection(options);
}
