import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { Agent, buildConnector } from 'undici';
import type { KubeConnection } from './kube-connection.ts';

export interface LivenessOptions {
  /** How often an HTTP/2 connection is pinged; it is ended when nothing came during three such spans. Default 8 s. */
  readonly pingEveryMs?: number;
}

const silentSpans = 3;

/**
 * Ends a connection on which pings are not answered. All watches and requests go over one, and would each wait for a timeout of their
 * own. Spans are counted, not time: a process that was held up has not listened.
 */
function endWhenSilent(socket: Socket, pingEveryMs: number): void {
  let heardBytes = socket.bytesRead;
  let silent = 0;
  const timer = setInterval(() => {
    silent = socket.bytesRead === heardBytes ? silent + 1 : 0;
    heardBytes = socket.bytesRead;
    if (silent >= silentSpans)
      socket.destroy(new Error(`no answer to pings for ${(silentSpans * pingEveryMs) / 1000} s`));
  }, pingEveryMs).unref();
  socket.once('close', () => clearInterval(timer));
}

/** A pool of connections to an API server; to be destroyed when done. */
export function agentOf(connection: KubeConnection, { pingEveryMs = 8000 }: LivenessOptions = {}): Agent {
  const { ca, serverName, insecureSkipVerify, clientCertificate } = connection;
  const connect = buildConnector({
    timeout: 10_000,
    keepAlive: true,
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(insecureSkipVerify === true ? { rejectUnauthorized: false } : {}),
    ...clientCertificate,
  });
  return new Agent({
    keepAliveTimeout: 60_000,
    h2Options: { pingInterval: pingEveryMs },
    connect: (options, callback) =>
      connect(options, (...[error, socket]) => {
        if (socket && (socket as TLSSocket).alpnProtocol === 'h2') endWhenSilent(socket, pingEveryMs);
        if (error) callback(error, null);
        else callback(null, socket);
      }),
  });
}
