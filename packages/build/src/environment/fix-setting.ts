import type { Setting } from './go-settings.ts';

const quote = (text: string): string =>
  /^[\w./:@%+=,-]*$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** Where a setting was made, for a message. */
export function placeOf({ from, file, line }: Setting): string {
  if (from === 'environment') return 'in the environment';
  if (file !== undefined) return `in ${file}:${line}`;
  return 'by default';
}

/** The command that gives a setting another value, or takes it away, where it was made. */
export function fixSetting(name: string, setting: Setting, value?: string): string {
  if (setting.from === 'env-file')
    return value === undefined ? `go env -u ${name}` : `go env -w ${name}=${quote(value)}`;
  return value === undefined ? `unset ${name}` : `export ${name}=${quote(value)}`;
}
