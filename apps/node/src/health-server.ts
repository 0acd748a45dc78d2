import { once } from 'node:events';
import { createServer, type Server } from 'node:http';

/** Answers `/healthz` with 200 while the process turns, `/readyz` with 200 or 503. */
export async function serveHealth(port: number, isReady: () => boolean): Promise<Server> {
  const server = createServer((request, response) => {
    const status =
      request.url === '/healthz' ? 200 : request.url === '/readyz' ? (isReady() ? 200 : 503) : 404;
    response.writeHead(status, { 'content-type': 'text/plain' }).end(status === 200 ? 'ok\n' : 'no\n');
  });
  server.listen(port);
  await once(server, 'listening');
  return server;
}
