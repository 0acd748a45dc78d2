import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AuthorityStream } from './authority-stream.ts';
import { rewriteAuthority } from './rewrite-authority.ts';

const literal = (first: number, value: string) =>
  Buffer.concat([Buffer.from([first, value.length]), Buffer.from(value)]);

// :method POST, :scheme http, :path literal, then a literal content-type.
const before = Buffer.concat([Buffer.from([0x83, 0x86]), literal(0x44, '/csi.v1.Node/NodeGetInfo')]);
const after = literal(0x5f, 'application/grpc');

test('only the value of a literal :authority changes', () => {
  const authority = literal(0x41, '/var/lib/kubelet/plugins/csi.sock');
  expect(rewriteAuthority(Buffer.concat([before, authority, after]))).toEqual(
    Buffer.concat([before, literal(0x41, 'localhost'), after]),
  );
  const without = Buffer.concat([before, after]);
  expect(rewriteAuthority(without)).toBe(without);
  // A block cut short is not ours to judge.
  const cut = Buffer.concat([before, authority]).subarray(0, -1);
  expect(rewriteAuthority(cut)).toBe(cut);
});

test('any block gives a block that is no longer, never a crash', () => {
  const blocks = fc.uint8Array({ maxLength: 300 });
  fc.assert(fc.property(blocks, (block) => rewriteAuthority(block).length <= block.length));
});

test('frames are found however the bytes arrive; others pass unchanged', async () => {
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  const frame = (type: number, payload: Buffer) => {
    const header = Buffer.from([0, 0, 0, type, 0x4, 0, 0, 0, 1]);
    header.writeUIntBE(payload.length, 0, 3);
    return Buffer.concat([header, payload]);
  };
  const data = frame(0, randomBytes(5000));
  const headers = (authority: string) => frame(1, Buffer.concat([before, literal(0x41, authority), after]));
  const sent = Buffer.concat([
    preface,
    headers('/a/very/long/path.sock'),
    data,
    headers('/a/very/long/path.sock'),
  ]);
  const expected = Buffer.concat([preface, headers('localhost'), data, headers('localhost')]);
  for (const size of [1, 7, 1000, sent.length]) {
    const chunks = Array.from({ length: Math.ceil(sent.length / size) }, (_, index) =>
      sent.subarray(index * size, (index + 1) * size),
    );
    expect((await buffer(Readable.from(chunks).pipe(new AuthorityStream()))).equals(expected)).toBe(true);
  }
});
