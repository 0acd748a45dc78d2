import { type IncomingMessage, Agent as PlainAgent, request as sendPlain } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { Agent, request as send } from 'node:https';
import type { AnswerFault, FaultProxyOptions } from './fault-proxy.ts';

export interface AnswerFaultsOptions {
  readonly upstream: FaultProxyOptions['upstream'];
  readonly random: () => number;
  readonly onFault: (fault: AnswerFault) => void;
}

/** Fields of one hop, which another hop has of its own. */
const ofHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'host', 'http2-settings']);
/** So many of those that a fault may meet, it meets. */
const rate = 0.67;

const isWatch = ({ url }: Http2ServerRequest): boolean => /[?&]watch=(?:true|1)(?:&|$)/.test(url);
const isPage = ({ url }: Http2ServerRequest): boolean => /[?&]continue=[^&]/.test(url);

function statusOf(code: number, reason: string): object {
  const message = `${reason}: so it was wished`;
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, code };
}

const expired = statusOf(410, 'Expired');

/** The whole connection breaks, and every other answer on it. */
function breakConnection({ stream, socket }: Http2ServerRequest): void {
  if (stream?.session) stream.session.destroy();
  else socket.destroy();
}

function headersOf(from: Readonly<Record<string, unknown>>): Record<string, string | string[]> {
  const entries = Object.entries(from).filter(([name]) => !name.startsWith(':') && !ofHop.has(name));
  return Object.fromEntries(entries) as Record<string, string | string[]>;
}

/** Passes requests on, or answers them itself. */
export class AnswerFaults {
  readonly #options: AnswerFaultsOptions;
  readonly #agent: PlainAgent;
  /** Watches that are being answered, and how each is ended. */
  readonly #watches = new Map<Http2ServerResponse, () => void>();
  #fault: AnswerFault | undefined;

  constructor(options: AnswerFaultsOptions) {
    this.#options = options;
    const { url, ca } = options.upstream;
    this.#agent = url.startsWith('http:')
      ? new PlainAgent()
      : new Agent({ ...(ca === undefined ? {} : { ca }) });
  }

  use(fault: AnswerFault | undefined): void {
    this.#fault = fault;
    if (fault !== 'gone') return;
    for (const [response, end] of this.#watches) {
      this.#options.onFault(fault);
      response.end(`${JSON.stringify({ type: 'ERROR', object: expired })}\n`);
      end();
    }
    this.#watches.clear();
  }

  close(): void {
    this.#agent.destroy();
  }

  answer(request: Http2ServerRequest, response: Http2ServerResponse): void {
    response.on('error', () => undefined);
    request.on('error', () => undefined);
    const fault = this.#meets(request) ? this.#fault : undefined;
    if (fault !== undefined) this.#options.onFault(fault);
    if (fault === 'gone') refuse(response, expired, {});
    else if (fault === 'too-many-requests')
      refuse(response, statusOf(429, 'TooManyRequests'), { 'retry-after': '1' });
    else if (fault === 'unavailable')
      refuse(
        response,
        this.#options.random() < 0.5 ? statusOf(500, 'InternalError') : statusOf(503, 'ServiceUnavailable'),
        {},
      );
    else this.#pass(request, response, fault === 'lost-answer');
  }

  #meets(request: Http2ServerRequest): boolean {
    if (this.#fault === undefined) return false;
    if (this.#fault === 'gone') return isWatch(request) || isPage(request);
    if (this.#fault === 'lost-answer' && request.method === 'GET') return false;
    return this.#options.random() < rate;
  }

  #pass(request: Http2ServerRequest, response: Http2ServerResponse, isLost: boolean): void {
    const { url } = this.#options.upstream;
    const ask = url.startsWith('http:') ? sendPlain : send;
    const headers = headersOf(request.headers);
    const outgoing = ask(`${url}${request.url}`, { method: request.method, agent: this.#agent, headers });
    outgoing.on('error', () => breakConnection(request));
    outgoing.on('response', (incoming) => {
      if (isLost) {
        incoming.resume();
        incoming.on('end', () => breakConnection(request));
      } else this.#relay(request, incoming, response);
    });
    response.on('close', () => outgoing.destroy());
    request.pipe(outgoing);
  }

  #relay(request: Http2ServerRequest, incoming: IncomingMessage, response: Http2ServerResponse): void {
    response.writeHead(incoming.statusCode ?? 502, headersOf(incoming.headers));
    incoming.on('error', () => breakConnection(request));
    incoming.pipe(response);
    if (!isWatch(request)) return;
    this.#watches.set(response, () => incoming.destroy());
    response.on('close', () => this.#watches.delete(response));
  }
}

function refuse(
  response: Http2ServerResponse,
  status: object & { code?: number },
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(status.code ?? 500, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(status));
}
