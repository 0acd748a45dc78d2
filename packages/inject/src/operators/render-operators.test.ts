import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { operatorTable } from './operator-table.ts';
import { renderOperators } from './render-operators.ts';

test('the page has the table as it is: node tools/render-operators.ts', () => {
  const page = readFileSync(new URL('../../../../docs/operators.md', import.meta.url), 'utf8');
  expect(page.endsWith(`\n${renderOperators(operatorTable)}\n`)).toBe(true);
});
