import { InvalidArgumentError } from 'commander';

/** A whole number of seconds, at most a day, from an option's text. */
export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (/^\d{1,5}$/.test(text) && seconds > 0 && seconds <= 86_400) return seconds;
  throw new InvalidArgumentError('a time is a number of seconds from 1 to 86400');
}
