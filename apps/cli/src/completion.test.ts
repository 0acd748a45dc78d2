import { execFileSync } from 'node:child_process';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { renderCompletion } from './completion.ts';

function program(): Command {
  const root = new Command('gofleet').option('--json', 'as JSON');
  const lab = root.command('lab');
  lab.command('up').option('--name <name>', 'name');
  lab.command('down');
  root.command('scan');
  return root;
}

/** What bash proposes after the words, the last of which is being typed. */
function proposals(...words: string[]): string[] {
  const script = `${renderCompletion(program(), 'bash')}
COMP_WORDS=(gofleet ${words.map((word) => `"${word}"`).join(' ')}); COMP_CWORD=${words.length}; _gofleet; echo "\${COMPREPLY[@]}"`;
  const env = { ...process.env, BASH_ENV: '' };
  return execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8', env }).trim().split(' ');
}

test('bash proposes commands, sub-commands and options', () => {
  expect(proposals('la')).toEqual(['lab']);
  expect(proposals('lab', '')).toEqual(['up', 'down', '--json', '--help']);
  expect(proposals('lab', 'up', '--n')).toEqual(['--name']);
});

test('options before the word do not lead astray', () => {
  expect(proposals('--json', 'lab', 'd')).toEqual(['down']);
});

test.each(['zsh', 'fish'])('%s gets a script with every command', (shell) => {
  const script = renderCompletion(program(), shell);
  for (const word of ['lab', 'scan', 'up', '--name']) expect(script).toContain(word);
});

test('another shell is refused by name', () => {
  expect(() => renderCompletion(program(), 'tcsh')).toThrow(
    'completion is for bash, zsh or fish, found "tcsh"',
  );
});
