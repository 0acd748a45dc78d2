/** A request whose answer is kept small. */
export interface BoundedRequest {
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

async function readBody(response: Response, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > maxBytes) throw new Error(`the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** An address without the user and password that it may hold, and the header that sends them. */
export function urlWithoutUser(url: string): { url: string; headers: Record<string, string> } {
  const parsed = new URL(url);
  if (parsed.username === '' && parsed.password === '') return { url, headers: {} };
  const user = `${decodeURIComponent(parsed.username)}:${decodeURIComponent(parsed.password)}`;
  parsed.username = '';
  parsed.password = '';
  return {
    url: String(parsed),
    headers: { authorization: `Basic ${Buffer.from(user).toString('base64')}` },
  };
}

/**
 * Status and body of the answer to a GET; redirects are followed. A user and password in the address are sent as a header.
 * Rejects with the network's own error, after `timeoutMs`, or when the body is too long.
 */
export async function fetchBounded(
  address: string,
  { maxBytes, timeoutMs, headers, signal }: BoundedRequest,
): Promise<{ status: number; body: Buffer }> {
  const { url, headers: authorization } = urlWithoutUser(address);
  const limit = AbortSignal.timeout(timeoutMs);
  const response = await fetch(url, {
    headers: { ...headers, ...authorization },
    signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
  });
  return { status: response.status, body: await readBody(response, maxBytes) };
}
