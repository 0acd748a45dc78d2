import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderGithub } from './render-github.ts';

const variable = (name: string, value: string) => ({ name, value, why: '' });

/** The parts of the runner's own reading that matter. @see actions/runner FileCommandManager: EnvFileKeyValuePairs */
function readGithubFile(text: string): Record<string, string> {
  const read: Record<string, string> = {};
  const lines = text.split('\n');
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    const [equals, heredoc] = [line.indexOf('='), line.indexOf('<<')];
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      read[line.slice(0, equals)] = line.slice(equals + 1);
      continue;
    }
    const end = lines.indexOf(line.slice(heredoc + 2));
    read[line.slice(0, heredoc)] = lines
      .splice(0, end + 1)
      .slice(0, -1)
      .join('\n');
  }
  return read;
}

test('GitHub gets every value as it is, whatever lines it has', () => {
  const value = fc
    .array(fc.oneof(fc.string(), fc.constantFrom('EOF', 'A=b', 'A<<EOF', '')))
    .map((lines) => lines.join('\n'));
  fc.assert(
    fc.property(value, value, (a, b) => {
      expect(readGithubFile(renderGithub([variable('A', a), variable('B', b)]))).toEqual({ A: a, B: b });
    }),
  );
});
