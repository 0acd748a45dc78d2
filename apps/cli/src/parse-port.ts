import { InvalidArgumentError } from 'commander';

/** A TCP port from an option's text, 0 for any free one. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port < 65_536) return port;
  throw new InvalidArgumentError('a port is a number from 0 to 65535');
}
