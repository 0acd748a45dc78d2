import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type MirrorRoute, type MirrorUpstreams, routeOf } from './mirror-route.ts';

type Forward = Extract<MirrorRoute, { kind: 'forward' }>;

const headerTimeoutMs = 60_000;
const bodyTimeoutMs = 600_000;

/**
 * A GOPROXY server for the pods of a lab, which have no other way out. It keeps nothing: it passes on what it does not find in a folder
 * that is laid out as a GOPROXY.
 */
export function createModuleMirror(upstreams: MirrorUpstreams, folder?: string): Server {
  return createServer((request, response) => {
    answer({ request, response }, upstreams, folder).catch((error: unknown) => {
      console.error(`${request.url}: ${error instanceof Error ? error.message : error}`);
      if (response.headersSent) response.destroy();
      else say(response, 502, 'the upstream did not answer');
    });
  });
}

async function answer(
  { request, response }: { request: IncomingMessage; response: ServerResponse },
  upstreams: MirrorUpstreams,
  folder: string | undefined,
): Promise<void> {
  if (request.method !== 'GET') return say(response, 405, 'expected GET');
  const path = (request.url ?? '').split('?')[0] ?? '';
  const route = routeOf(path, upstreams);
  const own = route.kind === 'forward' ? await readOwn(folder, path) : undefined;
  if (own !== undefined) return void response.writeHead(200).end(own);
  if (route.kind === 'refused') return say(response, route.status, route.reason);
  if (route.kind === 'supported') return say(response, 200, '');
  await forward(route, response);
}

/** The path holds nothing that leads out of the folder: it has a route. */
async function readOwn(folder: string | undefined, path: string): Promise<Buffer | undefined> {
  if (folder === undefined) return undefined;
  return await readFile(join(folder, path)).catch(() => undefined);
}

async function forward(route: Forward, response: ServerResponse): Promise<void> {
  const abort = new AbortController();
  response.on('close', () => abort.abort());
  let timer = setTimeout(() => abort.abort(), headerTimeoutMs);
  try {
    const upstream = await fetchFirst(route, abort.signal);
    clearTimeout(timer);
    timer = setTimeout(() => abort.abort(), bodyTimeoutMs);
    const type = upstream.headers.get('content-type');
    response.writeHead(upstream.status, type ? { 'content-type': type } : {});
    if (!upstream.body) {
      response.end();
      return;
    }
    await pipeline(Readable.fromWeb(upstream.body as never), limit(route.limitBytes), response);
  } finally {
    clearTimeout(timer);
  }
}

/** As the `go` command does: 404 and 410 of a proxy mean that it has nothing to do with checksum databases. */
async function fetchFirst({ url, otherwise }: Forward, signal: AbortSignal): Promise<Response> {
  const upstream = await fetchWithoutCredentialsInUrl(url, signal);
  if (otherwise === undefined || (upstream.status !== 404 && upstream.status !== 410)) return upstream;
  await upstream.body?.cancel();
  return fetchWithoutCredentialsInUrl(otherwise, signal);
}

// fetch refuses a URL that carries a user's name and password.
function fetchWithoutCredentialsInUrl(address: string, signal: AbortSignal): Promise<Response> {
  const url = new URL(address);
  const credentials = url.username
    ? `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
    : undefined;
  url.username = '';
  url.password = '';
  const headers = credentials
    ? { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
    : {};
  return fetch(url, { signal, headers });
}

function limit(limitBytes: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > limitBytes) done(new Error(`expected at most ${limitBytes} bytes, found more`));
      else done(null, chunk);
    },
  });
}

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(text === '' ? '' : `${text}\n`);
}
