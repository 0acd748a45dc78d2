import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server was asked, in order. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Answers a request; streams are left open. */
export type Answer = (asked: Asked, response: ServerResponse) => void;

/** A server on loopback that says what a test wants an API server to say. */
export interface FakeApiServer {
  readonly url: string;
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Sends JSON with a status. */
export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

export async function startFakeApiServer(answer: Answer): Promise<FakeApiServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void readText(request).then((body) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const { method = 'GET', headers } = request;
      const one = { method, path: url.pathname, query: url.searchParams, headers, body };
      asked.push(one);
      answer(one, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
