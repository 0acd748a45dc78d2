import { request } from 'node:https';

/** A request to the API server; `status` 0 means that nobody answered. */
export interface ApiAnswer {
  status: number;
  body: string;
}

/** The smallest client that a cluster's start needs. */
export interface ApiClient {
  get(path: string): Promise<ApiAnswer>;
  post(path: string, object: unknown): Promise<ApiAnswer>;
}

/** A client of the API server at `host:port`. */
export function createApiClient(at: { host: string; port: number; token: string; caPem: string }): ApiClient {
  const send = (method: string, path: string, object?: unknown): Promise<ApiAnswer> =>
    new Promise((resolve) => {
      const headers = { authorization: `Bearer ${at.token}`, 'content-type': 'application/json' };
      const { host, port, caPem: ca } = at;
      const sent = request(
        { method, path, host, port, ca, headers, servername: 'kubernetes', timeout: 5_000 },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () =>
            resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
          );
          answer.on('error', () => resolve({ status: 0, body: '' }));
        },
      );
      sent.on('timeout', () => sent.destroy());
      sent.on('error', (error) => resolve({ status: 0, body: error.message }));
      sent.end(object === undefined ? undefined : JSON.stringify(object));
    });
  return { get: (path) => send('GET', path), post: (path, object) => send('POST', path, object) };
}
