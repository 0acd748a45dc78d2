import { expect, test } from 'vitest';
import { hasDirect, withoutDirect } from './proxy-list.ts';

test.each([
  ['https://proxy.example,direct', 'https://proxy.example'],
  ['https://a.example|https://b.example,direct', 'https://a.example|https://b.example'],
  ['direct,https://a.example', 'https://a.example'],
  ['https://a.example|direct|off', 'https://a.example|off'],
  ['direct', 'direct'],
  ['', ''],
])('%s without direct is %s', (list, rest) => expect(withoutDirect(list)).toBe(rest));

test('direct is found with blanks around it, and not inside a name', () => {
  expect(hasDirect('https://a.example, direct')).toBe(true);
  expect(hasDirect('https://direct.example')).toBe(false);
});
