import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseStringVariables } from './string-variables.ts';

const file = `// Package main.
package main

import "os"

var version string
var commit = "none" // set by the linker
var count = 3

var (
	date, builtBy string
	channel string = "dev"
	home = os.Getenv("HOME")
	help = \`text\`
)

func f() {
	var local string
	_ = local
}
`;

test('package-level strings that hold nothing or a text', () => {
  const names = ['version', 'commit', 'date', 'builtBy', 'channel', 'help'];
  expect(parseStringVariables(file)).toEqual({ package: 'main', names });
});

test('any text is read in bounded time, into names', () => {
  const words = fc.constantFrom(
    'var ',
    '(\n',
    ')\n',
    'a',
    ', ',
    ' string',
    ' = ',
    '"',
    '`',
    '\\',
    '\n',
    '\t',
  );
  fc.assert(
    fc.property(fc.array(words, { maxLength: 80 }), (parts) => {
      for (const name of parseStringVariables(parts.join('')).names) expect(name).toMatch(/^[A-Za-z_]\w*$/);
    }),
  );
});
