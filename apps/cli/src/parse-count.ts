import { InvalidArgumentError } from 'commander';

/** A reader of an option that counts something, between two bounds. */
export function parseCount(least: number, most: number): (text: string) => number {
  return (text) => {
    const count = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
    if (count >= least && count <= most) return count;
    throw new InvalidArgumentError(`a number from ${least} to ${most}`);
  };
}
