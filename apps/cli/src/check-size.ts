import { toGofleetError } from '@gofleet/base/errors';
import { parseSize } from '@gofleet/base/parse-size';
import { InvalidArgumentError } from 'commander';

/** A number of bytes from an option's text: `10GB`, `512MiB`. */
export function checkSize(text: string): number {
  try {
    return parseSize(text);
  } catch (thrown) {
    throw new InvalidArgumentError(toGofleetError(thrown).message);
  }
}
