import { quoteGo, unquoteGoPrefix } from './go-quote.ts';

const plain = /^[^= \t\r\n"`]+=[^ \t\r\n"`]*$/;
const keyNeedsQuotes = /^$|[= \t\r\n"`]/;
const valueNeedsQuotes = /[ \t\r\n"`]/;

function parseValue(raw: string): string | undefined {
  if (raw.startsWith('"') || raw.startsWith('`')) {
    const quoted = unquoteGoPrefix(raw);
    return quoted?.length === raw.length ? quoted.value : undefined;
  }
  return valueNeedsQuotes.test(raw) ? undefined : raw;
}

function splitKey(text: string): { key: string; raw: string } | undefined {
  const quoted = unquoteGoPrefix(text);
  if (quoted) {
    return text[quoted.length] === '='
      ? { key: quoted.value, raw: text.slice(quoted.length + 1) }
      : undefined;
  }
  const at = text.indexOf('=');
  const key = text.slice(0, Math.max(0, at));
  return at < 0 || keyNeedsQuotes.test(key) ? undefined : { key, raw: text.slice(at + 1) };
}

/** Key and value of a build setting written `key=value`, either of them quoted where it must be; else the problem in words. */
export function parseSetting(text: string): { key: string; value: string } | string {
  if (plain.test(text)) {
    const at = text.indexOf('=');
    return { key: text.slice(0, at), value: text.slice(at + 1) };
  }
  const split = splitKey(text);
  if (!split) return 'a build setting needs a key and "="';
  const value = parseValue(split.raw);
  return value === undefined
    ? `the value of build setting ${split.key} is badly quoted`
    : { key: split.key, value };
}

/** A build setting as a line of build info has it, without the word `build`. */
export function renderSetting(key: string, value: string): string {
  return `${keyNeedsQuotes.test(key) ? quoteGo(key) : key}=${valueNeedsQuotes.test(value) ? quoteGo(value) : value}`;
}
