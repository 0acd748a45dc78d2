import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { GofleetError } from '@gofleet/base/errors';
import type { KubeConnection } from './kube-connection.ts';

/** A request as it goes out. */
export interface Sent {
  readonly method: string;
  /** Below the server's own path, with its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
  /** Without a byte for so long, the request or its answer's body ends with an error whose code is {@link quietCode}. */
  readonly quietMs: number;
}

/**
 * A pool of connections to an API server. By Node's own HTTP client, which the webhook's server has loaded anyway: the modules of undici
 * take 20 MiB more of every role on every node.
 */
export interface Transport {
  /** The head of the answer, whatever its status; the body is still to be read. Rejects with what Node says when there is none. */
  send(sent: Sent): Promise<IncomingMessage>;
  /** Ends every connection at once. */
  close(): void;
}

/** The code of the error that a connection ends with on which nothing came in time. */
export const quietCode = 'ERR_QUIET';
const connectMs = 10_000;
/** API servers close what has been idle for 90 s: a connection must not be taken up while they do. */
const idleMs = 60_000;

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

function agentOf({ ca, serverName, insecureSkipVerify, clientCertificate }: KubeConnection): HttpsAgent {
  return new HttpsAgent({
    ...{ keepAlive: true, timeout: idleMs },
    // One for all connections: each would parse the authority's certificate anew.
    secureContext: createSecureContext({ ...(ca === undefined ? {} : { ca }), ...clientCertificate }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(insecureSkipVerify === true ? { rejectUnauthorized: false } : {}),
  });
}

/** Gives up on a connection that is not made in time. */
function limitConnecting(socket: Socket, isSecure: boolean): void {
  if (!socket.connecting) return;
  const late = failure('ETIMEDOUT', `no connection within ${connectMs / 1000} s`);
  const timer = setTimeout(() => socket.destroy(late), connectMs);
  for (const end of [isSecure ? 'secureConnect' : 'connect', 'close'])
    socket.once(end, () => clearTimeout(timer));
}

/** Names in a path may be anybody's, and none leads out of where it stands. @throws `kube.odd-path` */
function urlOf(server: string, path: string): URL {
  const url = new URL(`${server}${path}`);
  if (url.pathname.endsWith(path.split('?', 1)[0] ?? '')) return url;
  throw new GofleetError('kube.odd-path', `${path}: expected plain names between its slashes`);
}

/** The transport of a connection; to be closed when done. */
export function createTransport(connection: KubeConnection): Transport {
  const { server } = connection;
  const isSecure = server.startsWith('https:');
  const agent = isSecure ? agentOf(connection) : new HttpAgent({ keepAlive: true, timeout: idleMs });
  const request = isSecure ? httpsRequest : httpRequest;
  return {
    send: ({ method, path, headers, body, signal, quietMs }) =>
      new Promise((resolve, reject) => {
        // Node adds no length of its own to the body of a DELETE.
        const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
        const sent = request(urlOf(server, path), {
          ...{ agent, method, headers: { ...headers, ...length }, timeout: quietMs },
          ...(signal === undefined ? {} : { signal }),
        });
        let answer: IncomingMessage | undefined;
        sent.once('socket', (socket) => limitConnecting(socket, isSecure));
        sent.once('timeout', () =>
          (answer ?? sent).destroy(failure(quietCode, `nothing came for ${quietMs / 1000} s`)),
        );
        sent.on('error', reject);
        sent.once('response', (head) => {
          answer = head;
          resolve(head);
        });
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}
