import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { execInPod, type PodCommand } from './exec.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** A binary message in one frame. @see RFC 6455, section 5.2 */
function frame(channel: number, text: string): Buffer {
  const payload = Buffer.concat([Buffer.of(channel), Buffer.from(text)]);
  const head = Buffer.alloc(payload.length < 126 ? 2 : 4);
  head[0] = 0x82;
  head[1] = Math.min(126, payload.length);
  if (payload.length >= 126) head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

function accept({ headers }: IncomingMessage, socket: Duplex): void {
  const magic = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
  const key = createHash('sha1').update(`${headers['sec-websocket-key']}${magic}`).digest('base64');
  const lines = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${key}`];
  socket.write(
    ['HTTP/1.1 101 Switching Protocols', ...lines, 'Sec-WebSocket-Protocol: v5.channel.k8s.io', '', ''].join(
      '\r\n',
    ),
  );
}

const closing = Buffer.from('880203e8', 'hex');

/** A server that answers an exec with these messages and closes; tells what it was asked. */
async function serve(
  messages: readonly (readonly [number, string])[],
  asked: IncomingMessage[] = [],
): Promise<string> {
  const server = createServer();
  server.on('upgrade', (request, socket) => {
    asked.push(request);
    accept(request, socket);
    for (const [channel, text] of messages) socket.write(frame(channel, text));
    socket.write(closing);
    socket.on('data', () => socket.end());
  });
  return await listen(server);
}

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const success = [3, '{"status":"Success"}'] as const;

function exec(server: string, more: Partial<PodCommand> = {}): Promise<string> {
  const command = { namespace: 'ns', pod: 'p', container: 'c', command: ['say', 'a b'] };
  return execInPod(
    { server, authorization: async () => 'Bearer s3cret' },
    { ...command, maxBytes: 1000, timeoutMs: 5000, ...more },
  );
}

test('what a command prints, whatever pieces it comes in', async () => {
  const asked: IncomingMessage[] = [];
  const server = await serve([[1, 'hel'], [2, 'noise'], [1, `lo ${'x'.repeat(200)}`], success], asked);
  expect(await exec(server)).toBe(`hello ${'x'.repeat(200)}`);
  const { pathname, searchParams } = new URL(asked[0]?.url ?? '', server);
  expect(pathname).toBe('/api/v1/namespaces/ns/pods/p/exec');
  expect(searchParams.getAll('command')).toEqual(['say', 'a b']);
  expect(asked[0]?.headers.authorization).toBe('Bearer s3cret');
});

test('a command that fails is told with what it said', async () => {
  const server = await serve([
    [2, 'no such thing'],
    [3, '{"status":"Failure"}'],
  ]);
  await expect(exec(server)).rejects.toMatchObject({
    code: 'kube.exec-failed',
    message: expect.stringContaining('no such thing'),
  });
});

test('too much output, a connection that ends early, no permission, an abort', async () => {
  await expect(exec(await serve([[1, 'x'.repeat(300)], success]), { maxBytes: 100 })).rejects.toThrow(
    'more than 100 bytes',
  );
  await expect(exec(await serve([[1, 'half']]))).rejects.toThrow('broke off');
  const refusing = createServer();
  refusing.on('upgrade', (_request, socket) =>
    socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n'),
  );
  await expect(exec(await listen(refusing))).rejects.toMatchObject({
    code: 'kube.exec-failed',
    hint: expect.stringContaining('pods/exec'),
  });
  const silent = createServer().on('upgrade', accept);
  const controller = new AbortController();
  const waiting = exec(await listen(silent), { signal: controller.signal });
  setTimeout(() => controller.abort(), 50);
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
});
