import { expect, test } from 'vitest';
import type { MatrixRow } from './matrix-row.ts';
import { renderMatrix, renderMatrixPage } from './render-matrix.ts';

const day = '2026-11-24';
const way = [
  'start',
  'install',
  'look',
  'csi',
  'roll back',
  'copy',
  'roll back',
  'sandbox',
  'uninstall',
  'take down',
];

const passing: MatrixRow = {
  ...{ line: '1.34', day, kubernetes: 'v1.34.4', passed: true, offers: ['csi', 'copy'] },
  steps: (way as MatrixRow['steps'][number]['name'][]).map((name, index) => ({
    ...{ name, tookMs: 1000 * (index + 1), ...(name === 'sandbox' ? { note: 'native' } : {}) },
  })),
};
const failing: MatrixRow = {
  ...{ line: '1.24', day, kubernetes: '1.24', passed: false },
  steps: [{ name: 'start', tookMs: 900, error: 'kubelet did not start' }],
};

const tableOf = (page: string): string[] => page.split('\n').filter((line) => line.startsWith('|'));

test('a row tells what each step took, which delivery there is none of, and why one failed', () => {
  const text = renderMatrix([passing, failing]);
  expect(text).toMatch(
    /v1\.34\.4 +1\.0 s +2\.0 s +4\.0 s +– +6\.0 s +7\.0 s +8\.0 s, native +9\.0 s +10\.0 s +2026-11-24/,
  );
  expect(text).toMatch(/1\.24 +FAILED +not reached +not reached +not reached/);
  expect(text).toContain('1.24: start: kubelet did not start');
  expect(text).toContain('1 of 2 releases pass');
});

test('one delivery that fails is told, and those after it', () => {
  const steps = passing.steps.map((step) =>
    step.name === 'csi' ? { ...step, error: 'no node plugin' } : step,
  );
  const text = renderMatrix([{ ...passing, steps, passed: false }]);
  expect(text).toMatch(/2\.0 s +FAILED +– +6\.0 s/);
  expect(text).toContain('v1.34.4: csi: no node plugin');
});

test('the page is a Markdown table with a row for each release', () => {
  const page = renderMatrixPage([passing, failing]);
  expect(tableOf(page)).toHaveLength(4);
  expect(page).toContain('- 1.24: start: kubelet did not start');
  expect(page).toMatch(/Not played: 1\.37, 1\.36, 1\.35, 1\.33, .*1\.25, 1\.23, .*1\.20\.\n$/);
});

test('a page is written row by row: those of other releases stay, with their failures', () => {
  const first = renderMatrixPage([failing]);
  const both = renderMatrixPage([passing], first);
  expect(both).toBe(renderMatrixPage([passing, failing]));
  const again = renderMatrixPage([{ ...failing, day: '2026-11-30', steps: [], passed: true }], both);
  expect(tableOf(again)).toHaveLength(4);
  expect(again).toContain('2026-11-30');
  expect(again).not.toContain('kubelet did not start');
});

test('what a page has no column for was not played', () => {
  const page = renderMatrixPage([passing]).replaceAll('roll back', 'restore');
  const kept = tableOf(renderMatrixPage([failing], page)).find((line) => line.includes(passing.kubernetes));
  expect(kept?.split('|').map((cell) => cell.trim())).toContain('not played');
});
