import { expect, test } from 'vitest';
import { findBreaches, parseLayerTable } from './layers.ts';

const table = `
| package | folder | holds | may import |
|---|---|---|---|
| \`@gofleet/base\` | \`packages/base\` | errors | |
| \`@gofleet/identify\` | \`packages/identify\` | bytes | base |
| \`@gofleet/kube\` | \`adapters/kube\` | API | base identify |
| \`@gofleet/http\` | \`adapters/http\` | HTTP | base identify |
| \`gofleet\` | \`apps/cli\` | commands | * |
`;
const layers = parseLayerTable(table);

function breachesOf(path: string, text: string): string[] {
  return findBreaches(layers, [{ path, text }]);
}

test('a chapter imports earlier chapters only', () => {
  expect(breachesOf('packages/identify/src/a.ts', `import { x } from '@gofleet/base/errors';`)).toEqual([]);
  expect(breachesOf('packages/base/src/a.ts', `import type { x } from '@gofleet/identify/elf';`)).toEqual([
    'packages/base/src/a.ts: @gofleet/base may not import @gofleet/identify',
  ]);
});

test('adapters do not import each other, apps import all', () => {
  expect(breachesOf('adapters/kube/src/a.ts', `import { x } from '@gofleet/http/client';`)).toHaveLength(1);
  expect(breachesOf('apps/cli/src/a.ts', `await import('@gofleet/http/client');`)).toEqual([]);
});

test('a chapter does no I/O and asks no clock', () => {
  expect(breachesOf('packages/base/src/a.ts', `import { readFile } from 'node:fs';`)).toHaveLength(1);
  expect(breachesOf('packages/base/src/a.ts', 'export const t = Date.now();')).toHaveLength(1);
  expect(breachesOf('packages/base/src/a.ts', `import { createHash } from 'node:crypto';`)).toEqual([]);
  expect(breachesOf('adapters/kube/src/a.ts', `import { readFile } from 'node:fs';`)).toEqual([]);
});

test('a relative import stays inside its package', () => {
  expect(breachesOf('packages/base/src/a.ts', `import { x } from '../../identify/src/b.ts';`)).toHaveLength(
    1,
  );
  expect(breachesOf('packages/base/src/sub/a.ts', `import { x } from '../b.ts';`)).toEqual([]);
});

test('an unknown package of ours is a breach', () => {
  expect(breachesOf('adapters/kube/src/a.ts', `import { x } from '@gofleet/nowhere/b';`)).toHaveLength(1);
});
