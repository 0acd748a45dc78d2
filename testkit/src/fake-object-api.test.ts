import { goBuildsPath } from '@gofleet/inject/builds';
import { test } from 'vitest';
import { FakeObjectApi } from './fake-object-api.ts';
import { makeGoBuild } from './go-build-maker.ts';
import { objectApiContract } from './object-api-contract.ts';

test.each(objectApiContract)('$name', async ({ run }) => {
  await run({
    client: new FakeObjectApi(),
    path: goBuildsPath,
    make: (name, mark) => makeGoBuild(name, { spec: { priority: mark } }),
    status: (mark) => ({ phase: 'Queued', message: `mark ${mark}` }),
  });
});
