import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { EnvironmentVariable } from './plan-environment.ts';
import { renderShell } from './render-shell.ts';

const variable = (name: string, value: string | undefined): EnvironmentVariable => ({ name, value, why: '' });

const nasty = [
  "it's",
  'a"b',
  '$HOME `id` $(id)',
  'back\\slash\\',
  'two\nlines',
  '!x *?[a]',
  ' blanks ',
  'ü€',
];

test('bash gets every value as it is, and loses what must not be there', () => {
  const variables = nasty.map((value, index) => variable(`V${index}`, value));
  const script = `${renderShell([...variables, variable('GONE', undefined)], 'bash')}\nenv -0`;
  const { stdout } = spawnSync('bash', ['-c', script], {
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin', GONE: 'x' },
  });
  const env = stdout.split('\0');
  for (const [index, value] of nasty.entries()) expect(env).toContain(`V${index}=${value}`);
  expect(env.some((entry) => entry.startsWith('GONE='))).toBe(false);
});
