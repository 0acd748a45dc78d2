import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Metrics } from './metrics.ts';

/** Serves `/healthz`, `/readyz` and `/metrics` as plain text. */
export async function serveHealth(options: {
  readonly port: number;
  readonly metrics: Metrics;
  readonly isReady: () => boolean;
}): Promise<Server> {
  const { port, metrics, isReady } = options;
  const server = createServer((request, response) => {
    const say = (status: number, body: string): void => {
      response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4' }).end(body);
    };
    if (request.url === '/healthz') return say(200, 'ok\n');
    if (request.url === '/readyz') return isReady() ? say(200, 'ok\n') : say(503, 'not ready\n');
    if (request.url === '/metrics') return say(200, metrics.render());
    say(404, 'not found\n');
  });
  server.listen(port);
  await once(server, 'listening');
  return server;
}
