import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(() => {
  stage = createStage();
});
afterAll(() => stage?.remove());

/** The words of a command line as the go command has them: no quote is escaped. */
const wordsOf = (value: string): string[] =>
  [...value.trim().matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, ...forms]) => forms.join(''));

test('the printed value keeps all that was asked for, and its paths hold in every directory', () => {
  const kept = [
    ...['--remote', 'http://127.0.0.1:1', '--namespace', 'command', '--read', 'prod,base', '--read-only'],
    ...['--max', '3GB', '--wait', '4', '--flush', '5', '--idle', '6'],
  ];
  const dir = join(stage.dir, 'objects of mine');
  const told = stage.gofleet(['cacheprog', ...kept, '--stats', 'counts', '--dir', dir, 'command']);
  expect(told.status, String(told.stderr)).toBe(0);
  const [client, sockets, node, entry, ...words] = wordsOf(String(told.stdout));
  expect(client).toContain(join(stage.dir, 'gofleet', 'cacheprog', 'client-'));
  expect(sockets).toBe(join(stage.dir, 'gofleet', 'cacheprog', 'sockets'));
  expect([node, entry?.endsWith('bin.ts')]).toEqual([process.execPath, true]);
  expect(words.slice(0, kept.length + 1)).toEqual(['cacheprog', ...kept]);
  expect(words.slice(-4)).toEqual(['--dir', dir, '--stats', join(process.cwd(), 'counts')]);
  expect(words.filter((word) => word === 'resident')).toHaveLength(1);
  expect(words.filter((word) => word === 'command')).toEqual(['command']);
});

test('options after the word are kept too', () => {
  const told = stage.gofleet([
    'cacheprog',
    'command',
    '--namespace',
    'dev',
    '--dir',
    stage.dir,
    '--wait',
    '7',
  ]);
  const words = wordsOf(String(told.stdout)).slice(4);
  expect(words.slice(0, 8)).toEqual([
    ...['cacheprog', 'resident', '--namespace', 'dev'],
    ...['--dir', stage.dir, '--wait', '7'],
  ]);
});
