import { createHash } from 'node:crypto';
import { isGofleetError } from '@gofleet/base/errors';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CacheRequest, RequestDecoder, renderResponse } from './protocol.ts';

const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');
const idOf = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');

/** As `writeToChild` of the go command writes it. */
function renderRequest({ id, command, actionId, outputId, body }: CacheRequest): Buffer {
  const head = {
    ID: id,
    Command: command,
    ...(actionId === '' ? {} : { ActionID: base64(actionId) }),
    ...(outputId === '' ? {} : { OutputID: base64(outputId) }),
    ...(body === undefined || body.length === 0 ? {} : { BodySize: body.length }),
  };
  const tail = body === undefined || body.length === 0 ? '' : `"${Buffer.from(body).toString('base64')}"\n`;
  return Buffer.from(`${JSON.stringify(head)}\n\n${tail}`);
}

const requests = fc.array(
  fc.oneof(
    fc.record({ id: fc.nat(), text: fc.string() }).map(
      ({ id, text }): CacheRequest => ({
        ...{ id, command: 'get', actionId: idOf(text), outputId: '', bodyBytes: 0 },
      }),
    ),
    fc.record({ id: fc.nat(), body: fc.uint8Array({ maxLength: 300 }) }).map(
      ({ id, body }): CacheRequest => ({
        ...{ id, command: 'put', actionId: idOf('a'), outputId: idOf(body), body, bodyBytes: body.length },
      }),
    ),
    fc.nat().map((id): CacheRequest => ({ id, command: 'close', actionId: '', outputId: '', bodyBytes: 0 })),
  ),
  { maxLength: 8 },
);

function decode(bytes: Buffer, step: number): CacheRequest[] {
  const decoder = new RequestDecoder(1000);
  const found: CacheRequest[] = [];
  for (let at = 0; at < bytes.length; at += step) found.push(...decoder.push(bytes.subarray(at, at + step)));
  return found.map((request) =>
    request.body ? { ...request, body: new Uint8Array(request.body) } : request,
  );
}

test('requests come out as they went in, however the bytes are cut', () => {
  fc.assert(
    fc.property(requests, fc.integer({ min: 1, max: 500 }), (sent, step) => {
      expect(decode(Buffer.concat(sent.map(renderRequest)), step)).toEqual(sent);
    }),
  );
});

test('random bytes give our error or nothing', () => {
  const inputs = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.string().map((text) => Buffer.from(`{"ID":1,${text}\n`)),
  );
  fc.assert(
    fc.property(inputs, (bytes) => {
      try {
        decode(Buffer.from(bytes), 7);
      } catch (thrown) {
        expect(isGofleetError(thrown) && thrown.code).toBe('build.malformed-cache-request');
      }
    }),
  );
});

test('a body that is too long is skipped, and what follows it is read', () => {
  const body = new Uint8Array(2000);
  const put = { id: 1, command: 'put', actionId: idOf('a'), outputId: idOf(body), body, bodyBytes: 2000 };
  const close = { id: 2, command: 'close', actionId: '', outputId: '', bodyBytes: 0 };
  const [first, second] = decode(Buffer.concat([renderRequest(put), renderRequest(close)]), 100);
  expect(first).toEqual({ ...put, body: undefined });
  expect(second).toEqual(close);
});

test('a line without end is refused', () => {
  expect(() => decode(Buffer.alloc(100_000, 0x20), 1000)).toThrow('a line is longer than');
});

test('a response has what the go command reads', () => {
  const outputId = idOf('x');
  const text = renderResponse({
    id: 7,
    outputId,
    sizeBytes: 3,
    addedAtNs: 1_700_000_000_123_456_789n,
    diskPath: '/c/x',
  });
  expect(JSON.parse(text)).toEqual({
    ...{ ID: 7, OutputID: base64(outputId), Size: 3, DiskPath: '/c/x' },
    Time: '2023-11-14T22:13:20.123456789Z',
  });
  expect(JSON.parse(renderResponse({ id: 8, miss: true }))).toEqual({ ID: 8, Miss: true });
});
