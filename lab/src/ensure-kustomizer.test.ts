import { expect, test } from 'vitest';
import { chooseKustomizer } from './ensure-kustomizer.ts';

test('a release renders with its own kubectl where that can', () => {
  expect(chooseKustomizer('1.21', () => false).line).toBe('1.21');
});

test('1.20 renders with the newest that is built, else with the newest', () => {
  expect(chooseKustomizer('1.20', ({ line }) => line === '1.24' || line === '1.20').line).toBe('1.24');
  expect(chooseKustomizer('1.20', () => false).line).toBe('1.37');
});
