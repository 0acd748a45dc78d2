import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeRequest,
  encodeFrame,
  encodeOutput,
  encodeRequest,
  type FrameKind,
  FrameReader,
  frameKinds,
  maxPayloadBytes,
} from './protocol.ts';

const kind = fc.constantFrom(...(Object.keys(frameKinds) as FrameKind[]));
const frame = fc.record({ kind, payload: fc.uint8Array({ maxLength: 300 }) });

test('frames come out as they went in, however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(frame), fc.array(fc.integer({ min: 1, max: 40 })), (frames, sizes) => {
      const bytes = Buffer.concat(frames.map((each) => encodeFrame(each.kind, each.payload)));
      const reader = new FrameReader();
      const out = [];
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const size = sizes[turn % sizes.length] ?? bytes.length;
        out.push(...reader.add(bytes.subarray(at, at + size)));
        at += size;
      }
      expect(out.map((each) => ({ kind: each.kind, payload: Uint8Array.from(each.payload) }))).toEqual(
        frames,
      );
    }),
  );
});

const field = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
const name = field.filter((text) => text !== '' && !text.includes('=') && text !== '__proto__');

test('a request comes out as it went in', () => {
  const request = fc.record({
    directory: field.map((text) => `/${text}`),
    argv: fc.array(field),
    env: fc.dictionary(name, field, { noNullPrototype: true }),
  });
  fc.assert(
    fc.property(request, (each) => {
      expect(decodeRequest(encodeRequest(each))).toEqual(each);
    }),
  );
});

test('any bytes give frames and requests or our error', () => {
  const ours = (run: () => unknown): void => {
    try {
      run();
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'build.malformed-sandbox-frame' });
    }
  };
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      ours(() => new FrameReader().add(bytes));
      ours(() => decodeRequest(bytes));
      ours(() => decodeRequest(Buffer.concat([Buffer.from('gofleet-sandbox/1\0/w\0'), bytes, Buffer.of(0)])));
    }),
  );
});

test('a frame that is too long is refused before it comes', () => {
  const bytes = encodeFrame('request', new Uint8Array(0));
  new DataView(bytes.buffer).setUint32(1, maxPayloadBytes + 1);
  expect(() => new FrameReader().add(bytes)).toThrow('too long');
});

test('a long output goes in several frames', () => {
  expect(encodeOutput('stdout', new Uint8Array(maxPayloadBytes * 2 + 1))).toHaveLength(3);
});
