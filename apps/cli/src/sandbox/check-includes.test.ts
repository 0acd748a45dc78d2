import { expect, test } from 'vitest';
import { checkIncludes } from './check-includes.ts';

const check = (text: string) => () => checkIncludes('/work/f.s', text);

test.each([
  '#include "textflag.h"\n\nTEXT ·f(SB), NOSPLIT, $0\n\tRET\n',
  '  # include "sub/macros-1.h" // what they share\r\n',
  '// Frames include the return address.\nTEXT ·f(SB), $0 // they include more\n',
  'DATA ·included+0(SB)/8, $"\\x00"\n',
])('%j may be assembled', (text) => {
  expect(check(text)).not.toThrow();
});

test.each([
  '#include "/etc/passwd"\n',
  '#include "../../x.h"\n',
  '#include "a/../../x.h"\n',
  '#include "\\x2fetc/x.h"\n',
  '#include "notes.txt"\n',
  '#include/**/"/etc/x"\n',
  '#define READ # include\nREAD "/etc/passwd"\n',
  '#define READ(f) #include f\nREAD("/etc/passwd")\n',
  '/*\n// */ #include "/etc/passwd"\n',
  '#define A // \\\n#include "/etc/passwd"\n',
])('%j may not', (text) => {
  expect(check(text)).toThrow('/work/f.s:');
});
