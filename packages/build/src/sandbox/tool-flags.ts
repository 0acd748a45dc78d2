import { splitFlags } from '../environment/split-flags.ts';

/** What a flag of a tool may be: alone, or with a value of this form. */
type Values = Readonly<Record<string, RegExp | undefined>>;

const level = /^\d{1,2}$/;
const truth = /^(?:true|false|0|1)$/;

/** @see "go tool compile -help" (go1.26): flags that name no file, directory or program */
const compiler: Values = {
  N: truth,
  l: level,
  m: level,
  B: truth,
  S: level,
  e: truth,
  live: truth,
  wb: truth,
  dwarf: truth,
  dwarflocationlists: truth,
  smallframes: truth,
  lang: /^go1\.\d{1,3}$/,
  spectre: /^(?:all|index|ret)$/,
  d: /^(?:checkptr(?:=[0-2])?|loopvar=[0-2])$/,
};

/** @see "go tool asm -help" (go1.26) */
const assembler: Values = { S: truth, e: truth, D: /^\w{1,100}(?:=\w{0,100})?$/, spectre: /^ret$/ };

/** @see "go tool link -help" (go1.26) */
const linker: Values = {
  s: truth,
  w: truth,
  v: truth,
  X: /^[^@\s=][^\s=]{0,300}=[^\n]{0,4000}$/,
  B: /^(?:gobuildid|none|0x[0-9a-f]{2,128})$/,
  buildid: /^[\w/=.+-]{0,300}$/,
  compressdwarf: truth,
  checklinkname: truth,
  linkmode: /^(?:internal|auto)$/,
};

/** Flags that take the word after them as their value; the others have theirs after an equals sign. */
const takesNext = new Set(['X', 'D', 'B', 'buildid', 'linkmode', 'lang', 'spectre', 'd']);

/** The words of a value such as `all=-N -l`, without its package pattern. */
function wordsOf(value: string): string[] {
  const trimmed = value.trim();
  const flags = trimmed.startsWith('-') ? trimmed : trimmed.slice(trimmed.indexOf('=') + 1);
  return splitFlags(flags);
}

function checkWord(word: string, next: string | undefined, allowed: Values): string | undefined {
  const [, name = '', value] = /^--?([\w.]+)(?:=(.*))?$/s.exec(word) ?? [];
  if (!Object.hasOwn(allowed, name)) return `"${word}" is not among what it may hold`;
  const given = value ?? (takesNext.has(name) ? next : undefined);
  const isBare = given === undefined && !takesNext.has(name);
  if (isBare || (given !== undefined && allowed[name]?.test(given))) return undefined;
  return `"${given ?? word}" is no value of -${name} that it may have`;
}

function check(value: string, allowed: Values): string | undefined {
  if (value === '') return undefined;
  const words = wordsOf(value);
  if (words.length > 200) return 'it is too long';
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    // The tools read further flags from a file that is named so, wherever it stands.
    if (word.startsWith('@')) return `"${word}" would be read as a file of flags`;
    const takes = takesNext.has(word.replace(/^--?/, ''));
    const next = words[at + 1];
    if (takes && next?.startsWith('@')) return `"${next}" would be read as a file of flags`;
    const why = checkWord(word, next, allowed);
    if (why !== undefined) return why;
    if (takes) at += 1;
  }
  return undefined;
}

/** Why a value of `-gcflags` is refused, if it is. @throws `build.malformed-goflags` */
export const checkCompilerFlags = (value: string): string | undefined => check(value, compiler);

/** Why a value of `-asmflags` is refused, if it is. @throws `build.malformed-goflags` */
export const checkAssemblerFlags = (value: string): string | undefined => check(value, assembler);

/** Why a value of `-ldflags` is refused, if it is. @throws `build.malformed-goflags` */
export const checkLinkerFlags = (value: string): string | undefined => check(value, linker);
