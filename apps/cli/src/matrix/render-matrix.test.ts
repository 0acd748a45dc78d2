import { expect, test } from 'vitest';
import type { MatrixRow } from './matrix-row.ts';
import { renderMatrix, renderMatrixPage } from './render-matrix.ts';

const rows: readonly MatrixRow[] = [
  {
    line: '1.36',
    kubernetes: 'v1.36.3',
    passed: true,
    steps: (['start', 'install', 'look', 'inject', 'roll back', 'uninstall', 'take down'] as const).map(
      (name, index) => ({ name, tookMs: 1000 * (index + 1) }),
    ),
  },
  {
    line: '1.24',
    kubernetes: '1.24',
    passed: false,
    steps: [{ name: 'start', tookMs: 900, error: 'kubelet did not start' }],
  },
];

test('a row tells what each step took, and why one failed', () => {
  const text = renderMatrix(rows);
  expect(text).toMatch(/v1\.36\.3 +1\.0 s +2\.0 s +4\.0 s +5\.0 s +6\.0 s +7\.0 s/);
  expect(text).toMatch(/1\.24 +FAILED +not reached/);
  expect(text).toContain('1.24: start: kubelet did not start');
  expect(text).toContain('1 of 2 releases pass');
});

test('the page is a Markdown table with a row for each release', () => {
  const page = renderMatrixPage(rows, '2026-11-24');
  expect(page.split('\n').filter((line) => line.startsWith('|'))).toHaveLength(4);
  expect(page).toContain('- 1.24: start: kubelet did not start');
  expect(page).toMatch(/Not played: 1\.37, 1\.35, .*1\.25, 1\.23, .*1\.20\.\n$/);
});
