import { styleText } from 'node:util';
import type { Finding } from '@gofleet/base/finding';

const colours = { error: 'red', warning: 'yellow', info: 'cyan' } as const;

/** A path as it is seen from a directory. */
export function shorten(path: string, directory: string): string {
  const base = directory.endsWith('/') ? directory : `${directory}/`;
  return path.startsWith(base) ? path.slice(base.length) : path;
}

/** One finding for eyes: severity, place, message, and what to do next; paths as they are seen from a directory, when one is given. */
export function renderFinding({ severity, message, facts, hint, code }: Finding, directory?: string): string {
  const { file, line, column } = facts ?? {};
  const path = (text: string): string => (directory === undefined ? text : shorten(text, directory));
  const where = [file === undefined ? undefined : path(String(file)), line, column];
  const place = where.filter((part) => part !== undefined).join(':');
  const head = styleText(colours[severity], severity, { stream: process.stdout });
  const words =
    directory === undefined ? message : message.replaceAll(`${directory.replace(/\/$/, '')}/`, '');
  const text = `${head} ${place === '' ? '' : `${place}: `}${words} (${code})`;
  return hint === undefined ? text : `${text}\n  next: ${hint}`;
}
