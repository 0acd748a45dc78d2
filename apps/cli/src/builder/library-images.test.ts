import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { libraryImages } from './library-images.ts';

let server: Server;
let status: number;
beforeEach(async () => {
  server = createServer((_request, response) => response.writeHead(status).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => server.close().closeAllConnections());

test('a registry that asks for a login: what the builder needs, which is in no shell', async () => {
  const dir = tmpdir();
  const store = { put: () => Promise.reject(new Error('nothing is put')) };
  const signal = new AbortController().signal;
  const libraries = libraryImages({ store, dir, dockerConfig: dir, signal });
  const image = `127.0.0.1:${(server.address() as AddressInfo).port}/team/libgo`;
  const source = `${image}@sha256:${'0'.repeat(64)}`;
  const hint = expect.stringMatching(
    /dockerconfigjson Secret of gofleet-system.*gofleet install --push-secret NAME/,
  );
  for (status of [401, 403])
    for (const asked of [
      libraries.find(`${image}:1`),
      libraries.fetch({ image: source, path: '/libgo.so.21' }),
    ])
      await expect(asked).rejects.toMatchObject({ code: 'oci.registry-unauthorised', hint });
  status = 404;
  const gone = libraries.find(`${image}:1`);
  await expect(gone).rejects.toMatchObject({ code: 'oci.not-in-registry', hint: undefined });
});
