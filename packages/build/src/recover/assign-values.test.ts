import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assignValues } from './assign-values.ts';
import type { SetString } from './set-strings.ts';

const commit = '2bd066d87f5bafd315be9f40889d0a60b9e58e0b';
const facts = { version: '1.2.3', commit, time: '2026-07-08T04:22:40Z', dates: [], versions: [] };
const set = (...values: string[]): SetString[] => values.map((value, address) => ({ value, address }));
const first = (...args: Parameters<typeof assignValues>): object =>
  Object.fromEntries(assignValues(...args)[0] ?? []);

test('a recipe names the variables, its templates and the names tell which is which', () => {
  const recipes = [
    { name: 'main.version', template: '{{.Version}}' },
    { name: 'main.revision', template: '{{.ShortCommit}}' },
    { name: 'main.builtBy', template: 'goreleaser' },
  ];
  expect(first(set('1.2.3', 'pypi', 'goreleaser'), { recipes, declared: [] }, facts)).toEqual({
    'main.version': '1.2.3',
    'main.revision': 'pypi',
    'main.builtBy': 'goreleaser',
  });
});

test('without a recipe the declared ones are tried, by what their names say', () => {
  const declared = ['m/cmd.usage', 'main.gitCommit', 'm/cmd.buildDate', 'm/internal/version.Version'];
  const values = set('2.0.0-rc.1', '20260708', 'abc1234');
  expect(first(values, { recipes: [], declared }, facts)).toEqual({
    'm/internal/version.Version': '2.0.0-rc.1',
    'm/cmd.buildDate': '20260708',
    'main.gitCommit': 'abc1234',
  });
});

test('a text that is there by chance is of no variable', () => {
  const recipes = [{ name: 'main.version', template: '$(VERSION)' }];
  expect(first(set('1.2.3', '*'), { recipes, declared: ['m.usage'] }, facts)).toEqual({
    'main.version': '1.2.3',
  });
});

test('a bounded number of choices, each variable once', () => {
  const name = fc.constantFrom('main.version', 'main.commit', 'm.Date', 'm.x', 'main.y');
  const value = fc.constantFrom('1.2.3', 'abc1234', '2026-07-08', 'x', '');
  fc.assert(
    fc.property(fc.array(name), fc.array(value, { maxLength: 8 }), (declared, values) => {
      const choices = assignValues(set(...values), { recipes: [], declared }, facts);
      expect(choices.length).toBeLessThanOrEqual(12);
      for (const choice of choices) for (const text of choice.values()) expect(values).toContain(text);
    }),
  );
});
