/** Programs that serve more than this are not read to their end. */
const maxBytes = 8 << 20;
const timeoutMs = 3000;

async function readBounded(body: ReadableStream<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`it serves more than ${maxBytes >> 20} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** What a pod serves at a port and path; bounded in time and size. Throws an `Error` with the reason in words. */
export async function scrape(ip: string, port: number, path: string): Promise<string> {
  const host = ip.includes(':') ? `[${ip}]` : ip;
  const answer = await fetch(`http://${host}:${port}${path}`, {
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
    headers: { accept: 'text/plain; version=0.0.4', 'user-agent': 'gofleet' },
  });
  if (answer.status !== 200 || answer.body === null) {
    await answer.body?.cancel();
    throw new Error(`port ${port} answers ${path} with status ${answer.status}`);
  }
  return readBounded(answer.body);
}
