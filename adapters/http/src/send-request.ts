import type { IncomingMessage } from 'node:http';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';

/** A request to a remote cache. */
export interface SentRequest {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  /** Without secrets. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** A longer answer is an error. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

const hints: Readonly<Record<number, string>> = {
  401: 'check the token or the access key',
  403: 'the token or the access key has no right to do this there',
};

function refused(url: string, status: number, text: string): GofleetError {
  const why = text.split('\n', 1)[0]?.slice(0, 160) ?? '';
  const later = status >= 500 || status === 429 || status === 408;
  const code = later ? 'build.remote-unreachable' : 'build.remote-refused';
  const hint = hints[status];
  return new GofleetError(code, `${url}: status ${status} ${why}`.trim(), {
    facts: { url, status },
    retry: later ? 'later' : 'never',
    ...(hint === undefined ? {} : { hint }),
  });
}

function unreachable(url: string, cause: unknown): GofleetError {
  const { message, code = '' } = cause as NodeJS.ErrnoException;
  return new GofleetError('build.remote-unreachable', `${url}: ${message || code}`, {
    facts: { url },
    retry: 'later',
    cause,
  });
}

async function readBody(response: IncomingMessage, { url, maxBytes }: SentRequest): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) {
      throw new GofleetError('build.remote-malformed', `${url}: the answer is longer than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A connection that was kept had been closed by the other side: nothing was done yet. */
class StaleConnection extends Error {}

/**
 * The head of the answer, over a connection that was kept unless `agent` is false. Not `fetch`: that takes twice the processor
 * time for a body of megabytes.
 */
function exchange(request: SentRequest, agent?: false): Promise<IncomingMessage> {
  const { method, url, headers, body, signal } = request;
  // An import of either loads what is behind `fetch` too.
  const { request: send } = process.getBuiltinModule(url.startsWith('https:') ? 'node:https' : 'node:http');
  const length = body === undefined ? {} : { 'content-length': String(body.length) };
  return new Promise((resolve, reject) => {
    const sent = send(url, { method, headers: { ...headers, ...length }, signal, agent });
    sent.once('response', resolve);
    sent.on('error', (cause: NodeJS.ErrnoException) =>
      reject(sent.reusedSocket && cause.code === 'ECONNRESET' ? new StaleConnection() : cause),
    );
    sent.end(body);
  });
}

async function exchangeAgain(request: SentRequest, thrown: unknown): Promise<IncomingMessage> {
  if (!(thrown instanceof StaleConnection)) throw thrown;
  return exchange(request, false);
}

/**
 * The body of the answer, or `undefined` when there is no such thing (404). A redirect is a refusal: it would take the
 * credentials along to somebody else.
 * @throws `build.remote-unreachable`, `build.remote-refused`, `build.remote-malformed`
 */
export async function sendRequest(request: SentRequest): Promise<Uint8Array | undefined> {
  const { url } = request;
  try {
    const response = await exchange(request).catch((thrown) => exchangeAgain(request, thrown));
    const { statusCode = 0 } = response;
    const found = await readBody(response, request);
    if (statusCode >= 200 && statusCode < 300) return found;
    if (statusCode === 404) return undefined;
    throw refused(url, statusCode, Buffer.from(found).toString('utf8', 0, 1000));
  } catch (thrown) {
    if (isGofleetError(thrown)) throw thrown;
    throw unreachable(url, thrown);
  }
}
