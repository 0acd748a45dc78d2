import { toGofleetError } from '@gofleet/base/errors';
import { InvalidArgumentError } from 'commander';

/** A parser for an option's text whose errors are errors of usage. */
export function checked<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (thrown) {
      throw new InvalidArgumentError(toGofleetError(thrown).message);
    }
  };
}
