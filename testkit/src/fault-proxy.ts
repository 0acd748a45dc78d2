import { once } from 'node:events';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { AnswerFaults } from './answer-faults.ts';
import { seededRandom } from './seeded-random.ts';
import { WireFaults } from './wire-faults.ts';

/** What is done to the bytes of every connection, for as long as it lasts. */
export const wireFaults = ['reset', 'half-open', 'delay', 'cut'] as const;
/** What is answered instead of the API server. */
export const answerFaults = ['gone', 'too-many-requests', 'unavailable', 'lost-answer'] as const;

export type WireFault = (typeof wireFaults)[number];
export type AnswerFault = (typeof answerFaults)[number];
export type ProxyFault = WireFault | AnswerFault;

export interface FaultProxyOptions {
  readonly listen: { readonly host: string; readonly port: number };
  /** PEM: what the proxy shows to its clients. */
  readonly serving: { readonly cert: string; readonly key: string };
  /** The API server without a slash at its end, and the PEM of who vouches for it. */
  readonly upstream: { readonly url: string; readonly ca?: string };
  readonly seed: number;
}

/** A proxy in front of an API server, over HTTP/2 and HTTP/1.1. */
export interface FaultProxy {
  readonly port: number;
  /** Begins a fault, which ends the one before; without one everything passes. What was half-open stays so. */
  use(fault: ProxyFault | undefined): void;
  /** How many connections or answers each fault has met. */
  counts(): Readonly<Partial<Record<ProxyFault, number>>>;
  close(): void;
}

const isWire = (fault: ProxyFault | undefined): fault is WireFault =>
  wireFaults.some((known) => known === fault);
const isAnswer = (fault: ProxyFault | undefined): fault is AnswerFault =>
  answerFaults.some((known) => known === fault);

/** The part that speaks HTTP; reached on a port of loopback by the part that handles bytes. */
async function serveAnswers(
  serving: FaultProxyOptions['serving'],
  answer: (request: Http2ServerRequest, response: Http2ServerResponse) => void,
): Promise<Http2SecureServer> {
  const server = createSecureServer({ ...serving, allowHTTP1: true }, answer);
  server.on('sessionError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Starts a proxy through which everything passes, until a fault is used. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { listen, serving, upstream, seed } = options;
  const counts: Partial<Record<ProxyFault, number>> = {};
  const faults = {
    random: seededRandom(seed),
    onFault: (fault: ProxyFault): void => {
      counts[fault] = (counts[fault] ?? 0) + 1;
    },
  };
  const answers = new AnswerFaults({ ...faults, upstream });
  const inner = await serveAnswers(serving, (request, response) => answers.answer(request, response));
  const wire = new WireFaults({ ...faults, innerPort: (inner.address() as AddressInfo).port });
  return {
    port: await wire.listen(listen),
    use: (fault) => {
      wire.use(isWire(fault) ? fault : undefined);
      answers.use(isAnswer(fault) ? fault : undefined);
    },
    counts: () => counts,
    close: () => {
      wire.close();
      inner.close();
      answers.close();
    },
  };
}
