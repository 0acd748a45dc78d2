import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { WireFault } from './fault-proxy.ts';

export interface WireFaultsOptions {
  /** Where connections lead, on loopback. */
  readonly innerPort: number;
  readonly random: () => number;
  readonly onFault: (fault: WireFault) => void;
}

interface Connection {
  readonly outer: Socket;
  readonly inner: Socket;
  /** No byte passes any more, and no end either. */
  isSilent: boolean;
  /** Bytes that still reach the client. */
  left: number;
  /** When the last delayed bytes arrive, in ms of the monotonic clock. */
  dueMs: number;
}

const maxDelayMs = 1500;
/** While connections are reset, those that came through are, too. */
const resetEveryMs = 700;
const maxCutBytes = 30_000;

/** Passes bytes on, or not. */
export class WireFaults {
  readonly #options: WireFaultsOptions;
  readonly #connections = new Set<Connection>();
  readonly #server: Server;
  #fault: WireFault | undefined;
  #again: NodeJS.Timeout | undefined;

  constructor(options: WireFaultsOptions) {
    this.#options = options;
    this.#server = createServer({ allowHalfOpen: true }, (outer) => this.#accept(outer));
  }

  /** The port. */
  async listen({ host, port }: { readonly host: string; readonly port: number }): Promise<number> {
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  use(fault: WireFault | undefined): void {
    clearInterval(this.#again);
    this.#fault = fault;
    this.#afflictAll();
    if (fault === 'reset') this.#again = setInterval(() => this.#afflictAll(), resetEveryMs);
  }

  close(): void {
    clearInterval(this.#again);
    this.#server.close();
    for (const connection of this.#connections) this.#reset(connection);
  }

  #afflictAll(): void {
    for (const connection of this.#connections) this.#afflict(connection);
  }

  #accept(outer: Socket): void {
    const inner = connect({ port: this.#options.innerPort, host: '127.0.0.1', allowHalfOpen: true });
    const connection = { outer, inner, isSilent: false, left: Number.POSITIVE_INFINITY, dueMs: 0 };
    this.#connections.add(connection);
    for (const socket of [outer, inner]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.#ended(connection));
      socket.on('close', () => this.#ended(connection));
    }
    outer.on('data', (chunk: Buffer) => connection.isSilent || inner.write(chunk));
    outer.on('end', () => connection.isSilent || inner.end());
    inner.on('data', (chunk: Buffer) => this.#deliver(connection, chunk));
    inner.on('end', () => connection.isSilent || outer.end());
    // Every other one comes through, so that there is always something to reset.
    if (this.#fault !== 'reset' || this.#options.random() < 0.5) this.#afflict(connection);
  }

  #afflict(connection: Connection): void {
    const { random, onFault } = this.#options;
    connection.left = Number.POSITIVE_INFINITY;
    if (this.#fault === undefined || connection.isSilent) return;
    onFault(this.#fault);
    if (this.#fault === 'reset') this.#reset(connection);
    if (this.#fault === 'half-open') connection.isSilent = true;
    if (this.#fault === 'cut') connection.left = Math.floor(random() * maxCutBytes);
  }

  #deliver(connection: Connection, chunk: Buffer): void {
    const { outer } = connection;
    if (connection.isSilent) return;
    const passing = chunk.subarray(0, connection.left);
    connection.left -= passing.length;
    const now = performance.now();
    const isSlow = this.#fault === 'delay';
    connection.dueMs = Math.max(connection.dueMs, now + (isSlow ? this.#options.random() * maxDelayMs : 0));
    const deliver = (): void => {
      if (connection.isSilent) return;
      outer.write(passing);
      if (passing.length < chunk.length) this.#reset(connection);
    };
    if (connection.dueMs <= now) deliver();
    else setTimeout(deliver, connection.dueMs - now);
  }

  #reset(connection: Connection): void {
    this.#connections.delete(connection);
    connection.outer.resetAndDestroy();
    connection.inner.destroy();
  }

  /** One side is gone, and so is the other; a silent one keeps its client in the dark. */
  #ended(connection: Connection): void {
    if (connection.isSilent && !connection.outer.destroyed) return;
    if (this.#connections.has(connection)) this.#reset(connection);
  }
}
