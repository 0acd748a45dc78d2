import { isGofleetError } from '@gofleet/base/errors';
import { collect } from '@gofleet/testkit/collect';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readWatchEvents } from './watch-stream.ts';

const request = { method: 'WATCH', path: '/api/v1/pods' };

async function* cut(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const size of sizes) {
    yield bytes.subarray(from, from + size);
    from += size;
  }
  yield bytes.subarray(from);
}

const read = (bytes: Uint8Array, sizes: readonly number[] = []): Promise<unknown[]> =>
  collect(readWatchEvents(cut(bytes, sizes), request));

const eventArbitrary = fc.record({
  type: fc.constantFrom('ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'),
  object: fc.record({ metadata: fc.record({ name: fc.string({ unit: 'binary' }) }) }),
});

test('however the stream is cut, the events are the same', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(eventArbitrary), fc.array(fc.nat(40)), async (events, sizes) => {
      const text = events.map((event) => `${JSON.stringify(event)}\n`).join('');
      expect(await read(Buffer.from(text), sizes)).toEqual(events);
    }),
  );
});

test('bytes that are no events give our error, never another', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      await read(Buffer.concat([bytes, Buffer.from('\n')])).catch((thrown: unknown) => {
        expect(isGofleetError(thrown) && thrown.code).toMatch(/^kube\./);
      });
    }),
  );
});

test('a line without an end is bounded', async () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) yield Buffer.alloc(1 << 20, 0x61);
  }
  await expect(collect(readWatchEvents(endless(), request))).rejects.toThrow(/exceeds 16 MiB/);
});
