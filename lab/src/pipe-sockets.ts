import { createServer, type Server, type Socket } from 'node:net';

/** Joins two connections: what one says the other hears, and both end together. */
export function pipeSockets(one: Socket, other: Socket): void {
  one.pipe(other);
  other.pipe(one);
  const end = (): void => {
    one.destroy();
    other.destroy();
  };
  for (const socket of [one, other]) {
    socket.setNoDelay(true);
    socket.on('error', end);
    socket.on('close', end);
  }
}

/** A server, listening, that joins every connection with one that `connect` makes. */
export function relayTo(
  connect: () => Socket,
  listen: (server: Server, listening: () => void) => void,
): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (outer) => pipeSockets(outer, connect()));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    listen(server, () => resolve(server));
  });
}
