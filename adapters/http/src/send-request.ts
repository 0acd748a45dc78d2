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
  const { message, cause: inner } = cause as Error;
  const why = inner instanceof Error && inner.message !== '' ? inner.message : message;
  return new GofleetError('build.remote-unreachable', `${url}: ${why}`, {
    facts: { url },
    retry: 'later',
    cause,
  });
}

async function readBody(response: Response, { url, maxBytes }: SentRequest): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > maxBytes) {
      throw new GofleetError('build.remote-malformed', `${url}: the answer is longer than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * The body of the answer, or `undefined` when there is no such thing (404).
 * @throws `build.remote-unreachable`, `build.remote-refused`, `build.remote-malformed`
 */
export async function sendRequest(request: SentRequest): Promise<Uint8Array | undefined> {
  const { method, url, headers, body, signal } = request;
  try {
    // A redirect would take the credentials along to somebody else.
    const response = await fetch(url, {
      ...{ method, headers, signal, redirect: 'error' },
      ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }),
    });
    const found = await readBody(response, request);
    if (response.ok) return found;
    if (response.status === 404) return undefined;
    throw refused(url, response.status, Buffer.from(found).toString('utf8', 0, 1000));
  } catch (thrown) {
    if (isGofleetError(thrown)) throw thrown;
    throw unreachable(url, thrown);
  }
}
