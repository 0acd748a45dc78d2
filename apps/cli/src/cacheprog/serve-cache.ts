import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { errorToJson, GofleetError, isGofleetError, toGofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import { type AccessRule, isAllowed } from '@gofleet/build/cacheprog/access';
import { type Namespace, parseNamespace } from '@gofleet/build/cacheprog/namespace';
import type { ObjectFolder } from '@gofleet/build/cacheprog/ports';
import { maxRemoteBytes, parseRemoteKey, remoteKinds } from '@gofleet/build/cacheprog/remote-key';

export interface CacheServerOptions {
  readonly folder: ObjectFolder;
  /** Without rules everybody who can connect may do everything. */
  readonly rules: readonly AccessRule[] | undefined;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly log: Log;
}

const maxConnections = 256;
const idleMs = 30_000;
const requestMs = 120_000;

/** How a request that cannot be answered ends. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}

function requireRight(request: IncomingMessage, namespace: Namespace, { rules }: CacheServerOptions): void {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const tokenSha256 = token === undefined ? undefined : createHash('sha256').update(token).digest('hex');
  const right = request.method === 'GET' ? 'read' : 'write';
  if (isAllowed(rules, { tokenSha256, right, namespace })) return;
  const isKnown = rules?.some((rule) => rule.tokenSha256 === tokenSha256);
  throw isKnown
    ? new Refusal(403, `this token may not ${right} in namespace ${namespace}`)
    : new Refusal(401, 'a token is needed that this server knows');
}

/** The body, which ends with an error when it is longer than allowed. */
async function* bounded(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxRemoteBytes) throw new Refusal(413, `at most ${maxRemoteBytes} bytes are taken`);
    yield chunk;
  }
}

async function receive(request: IncomingMessage, path: string, options: CacheServerOptions): Promise<void> {
  const key = parseRemoteKey(path);
  requireRight(request, key.namespace, options);
  if (Number(request.headers['content-length'] ?? 0) > maxRemoteBytes) {
    throw new Refusal(413, `at most ${maxRemoteBytes} bytes are taken`);
  }
  await options.folder.put(key, bounded(request));
}

async function send(path: string, response: ServerResponse, folder: ObjectFolder): Promise<void> {
  const found = await folder.find(parseRemoteKey(path));
  if (!found) return end(response, 404, 'there is no such object');
  const headers = { 'content-type': 'application/octet-stream', 'content-length': found.sizeBytes };
  response.writeHead(200, headers);
  await pipeline(createReadStream(found.path, { highWaterMark: 1 << 20 }), response);
}

async function list(path: string, response: ServerResponse, folder: ObjectFolder): Promise<void> {
  const [namespace = '', name = ''] = path.split('/');
  const kind = remoteKinds.find((known) => known === name);
  if (kind === undefined) throw new Refusal(400, 'expected NAMESPACE/bundles/ or NAMESPACE/index/');
  const items = await folder.list(parseNamespace(namespace), kind);
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(items));
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: CacheServerOptions,
): Promise<void> {
  const url = request.url ?? '/';
  if (url === '/healthz') return end(response, 200, 'ok');
  const path = /^\/v1\/([^?#%]*)$/.exec(url)?.[1];
  if (path === undefined) return end(response, 404, 'nothing is here');
  if (request.method === 'PUT') {
    await receive(request, path, options);
    return end(response, 200, 'kept');
  }
  requireRight(request, parseNamespace(path.split('/', 1)[0] ?? ''), options);
  if (request.method === 'GET') {
    await (path.endsWith('/') ? list(path, response, options.folder) : send(path, response, options.folder));
  } else if (request.method === 'DELETE') {
    await options.folder.remove(parseRemoteKey(path));
    end(response, 200, 'gone');
  } else end(response, 405, 'GET, PUT and DELETE are answered');
}

function statusOf(thrown: unknown): number {
  if (thrown instanceof Refusal) return thrown.status;
  if (!isGofleetError(thrown)) return 500;
  if (thrown.code === 'filesystem.disk-full') return 507;
  return thrown.code.startsWith('build.') ? 400 : 500;
}

function refuse(thrown: unknown, { request, response, log }: Exchange): void {
  const status = statusOf(thrown);
  if (status >= 500)
    log('error', 'request failed', { url: request.url, error: errorToJson(toGofleetError(thrown)) });
  else log('warn', 'request refused', { method: request.method, url: request.url?.slice(0, 200), status });
  if (response.headersSent) return void response.destroy();
  // The rest of a body that is not wanted is not read.
  response.setHeader('connection', 'close');
  end(response, status, status >= 500 ? 'the server failed' : (thrown as Error).message);
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly log: Log;
}

/** Whether the other side went away, which is no failure of ours. */
const isGone = (thrown: unknown): boolean =>
  ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET'].includes((thrown as NodeJS.ErrnoException).code ?? '');

/**
 * Serves `GET`, `PUT` and `DELETE /v1/NAMESPACE/{bundles,index}/SHA256`, `GET /v1/NAMESPACE/{bundles,index}/` and `GET /healthz`.
 * @throws `cli.cannot-listen`
 */
export async function serveCache(options: CacheServerOptions): Promise<Server> {
  const { host, port, log } = options;
  const server = createServer({ requestTimeout: requestMs, headersTimeout: idleMs }, (request, response) => {
    answer(request, response, options).catch((thrown: unknown) => {
      if (!isGone(thrown)) refuse(thrown, { request, response, log });
    });
  });
  server.maxConnections = maxConnections;
  server.setTimeout(idleMs);
  server.listen(port, host);
  await once(server, 'listening').catch((cause: Error) => {
    const message = `${host}:${port}: cannot listen: ${cause.message}`;
    throw new GofleetError('cli.cannot-listen', message, { facts: { host, port }, cause });
  });
  return server;
}
