import { styleText } from 'node:util';
import type { Finding } from '@gofleet/base/finding';

const colours = { error: 'red', warning: 'yellow', info: 'cyan' } as const;

/** A path as it is seen from a directory. */
export function shorten(path: string, directory: string): string {
  const base = directory.endsWith('/') ? directory : `${directory}/`;
  return path.startsWith(base) ? path.slice(base.length) : path;
}

/** One finding for eyes: severity, place, message, and what to do next. */
export function renderFinding({ severity, message, facts, hint, code }: Finding, directory: string): string {
  const { file, line, column } = facts ?? {};
  const where = [file === undefined ? undefined : shorten(String(file), directory), line, column];
  const place = where.filter((part) => part !== undefined).join(':');
  const head = styleText(colours[severity], severity, { stream: process.stdout });
  const base = directory.endsWith('/') ? directory : `${directory}/`;
  const text = `${head} ${place === '' ? '' : `${place}: `}${message.replaceAll(base, '')} (${code})`;
  return hint === undefined ? text : `${text}\n  next: ${hint}`;
}
