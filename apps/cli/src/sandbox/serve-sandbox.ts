import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { constants } from 'node:os';
import { GofleetError, toGofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import {
  decodeRequest,
  encodeFrame,
  encodeOutput,
  FrameReader,
  type SandboxRequest,
} from '@gofleet/build/sandbox/protocol';
import type { OnOutput } from './run-confined.ts';
import { runRequest } from './run-request.ts';
import type { SandboxSettings } from './sandbox-settings.ts';
import { trimCaches } from './trim-caches.ts';
import { Turns } from './turns.ts';

/** A sandbox that listens. */
export interface ServedSandbox {
  /** Cancels what runs, and removes the socket. */
  close(): Promise<void>;
}

const requestWithinMs = 10_000;
/** Besides those that run and wait: connections that have not asked yet, or are told that there is no room. */
const spareConnections = 32;

/** Exit codes of our own: refused, stopped by a limit, no release or no room. */
function exitCodeOf({ code }: GofleetError): number {
  if (code === 'build.sandbox-refused' || code === 'build.malformed-goflags') return 2;
  return code === 'build.sandbox-over-limit' ? 1 : 3;
}

/** A connection of a stand-in. */
class Session {
  readonly #socket: Socket;
  readonly #cancel = new AbortController();
  #signal: number = constants.signals.SIGTERM;
  #request: ((request: SandboxRequest) => void) | undefined;
  readonly #fail: (error: GofleetError) => void;
  readonly request: Promise<SandboxRequest>;

  constructor(socket: Socket) {
    this.#socket = socket;
    const { promise, resolve, reject } = Promise.withResolvers<SandboxRequest>();
    this.request = promise;
    this.#request = resolve;
    this.#fail = reject;
    promise.catch(() => undefined);
    const late = setTimeout(() => this.#drop('no request came'), requestWithinMs);
    promise.then(
      () => clearTimeout(late),
      () => clearTimeout(late),
    );
    const reader = new FrameReader();
    socket.on('data', (bytes: Buffer) => this.#take(reader, bytes));
    socket.on('error', () => undefined);
    socket.on('close', () => this.#drop('the connection was closed'));
  }

  /** Aborted when the caller is gone, or has sent a signal. */
  get signal(): AbortSignal {
    return this.#cancel.signal;
  }

  #drop(why: string): void {
    this.#fail(new GofleetError('build.malformed-sandbox-frame', `sandbox connection: ${why}`));
    this.#cancel.abort();
    this.#socket.destroy();
  }

  #take(reader: FrameReader, bytes: Buffer): void {
    try {
      for (const { kind, payload } of reader.add(bytes)) {
        if (kind === 'request' && this.#request) {
          this.#request(decodeRequest(payload));
          this.#request = undefined;
        } else if (kind === 'signal' && payload.length === 1) {
          this.#signal = payload[0] ?? this.#signal;
          this.#cancel.abort();
        } else this.#drop('a frame that is not expected');
      }
    } catch (thrown) {
      this.#drop(toGofleetError(thrown).message);
    }
  }

  /** Sends output; waits while the caller does not read. */
  readonly write: OnOutput = (kind, bytes) => {
    if (this.#socket.destroyed) return undefined;
    const taken = encodeOutput(kind, bytes).map((frame) => this.#socket.write(frame));
    if (taken.every(Boolean)) return undefined;
    return once(this.#socket, 'drain', { signal: this.#cancel.signal }).then(
      () => undefined,
      () => undefined,
    );
  };

  say(text: string): void {
    this.write('stderr', Buffer.from(`gofleet sandbox: ${text}\n`));
  }

  /** Ends with an exit code; what was sent is delivered before. */
  end(code: number): void {
    if (!this.#socket.destroyed) this.#socket.end(encodeFrame('exit', Uint8Array.of(code & 255)));
  }

  /** The exit code of who was ended by the signal that came. */
  get signalCode(): number {
    return 128 + (this.#signal & 127);
  }
}

/** Serves one connection: its turn, its run, its end. */
class Service {
  readonly #settings: SandboxSettings;
  readonly #log: Log;
  readonly #turns: Turns;

  constructor(settings: SandboxSettings, log: Log) {
    this.#settings = settings;
    this.#log = log;
    this.#turns = new Turns(settings.limits.builds, settings.limits.queue);
  }

  async #waitForTurn(session: Session): Promise<(() => void) | undefined> {
    const ahead = this.#turns.ahead();
    if (ahead === undefined)
      throw new GofleetError('build.sandbox-busy', 'too many builds run and wait already', {
        retry: 'later',
      });
    if (ahead > 0) session.say(`waiting for a turn, ${ahead === 1 ? 'the next one' : `${ahead} in line`}`);
    return this.#turns.take(session.signal);
  }

  #report(session: Session, thrown: unknown): void {
    const error = toGofleetError(thrown);
    if (error.code === 'process.aborted') {
      session.end(session.signalCode);
      return;
    }
    if (error.code === 'base.bug') this.#log('error', error.message, { code: error.code });
    session.say(error.message);
    if (error.hint !== undefined) session.say(error.hint);
    session.end(exitCodeOf(error));
  }

  async serve(socket: Socket): Promise<void> {
    const session = new Session(socket);
    const startedAt = performance.now();
    let release: (() => void) | undefined;
    let asked = '';
    try {
      const request = await session.request;
      asked = request.argv.slice(0, 1).join('').slice(0, 20);
      release = await this.#waitForTurn(session);
      const run = { signal: session.signal, onOutput: session.write };
      const code = release ? await runRequest(request, this.#settings, run) : session.signalCode;
      session.end(code);
      this.#log('info', 'ran', { asked, code, tookMs: Math.round(performance.now() - startedAt) });
    } catch (thrown) {
      this.#report(session, thrown);
      const { code, message } = toGofleetError(thrown);
      this.#log('info', 'did not run to its end', { asked, code, why: message.slice(0, 300) });
    } finally {
      release?.();
    }
    if (this.#turns.isIdle) await trimCaches(this.#settings, this.#log);
  }
}

async function listen(server: Server, path: string): Promise<void> {
  await rm(path, { force: true });
  server.listen(path);
  await once(server, 'listening');
  // Containers of the pod run as whom they like; who may mount the socket's directory may use it.
  await chmod(path, 0o666);
}

/**
 * Listens on a Unix socket for calls of the `go` command.
 * @throws what listening fails with
 */
export async function serveSandbox(
  path: string,
  settings: SandboxSettings,
  log: Log,
): Promise<ServedSandbox> {
  const service = new Service(settings, log);
  const open = new Map<Socket, Promise<void>>();
  const server = createServer({ allowHalfOpen: false }, (socket) => {
    const served = service.serve(socket).catch((thrown) => log('error', toGofleetError(thrown).message));
    open.set(socket, served);
    served.finally(() => open.delete(socket));
  });
  server.maxConnections = settings.limits.builds + settings.limits.queue + spareConnections;
  await listen(server, path);
  return {
    close: async () => {
      server.close();
      for (const socket of open.keys()) socket.destroy();
      await Promise.all(open.values());
    },
  };
}
