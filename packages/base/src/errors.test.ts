import { expect, test } from 'vitest';
import { errorToJson, GofleetError, isGofleetError, toGofleetError } from './errors.ts';
import { exitCodeOf } from './exit-code.ts';

test('an error is recognised by its brand, whatever copy of the class made it', () => {
  const copy = { [Symbol.for('gofleet.error')]: true };
  expect(isGofleetError(copy)).toBe(true);
  expect(isGofleetError(new Error('other'))).toBe(false);
  expect(isGofleetError(undefined)).toBe(false);
});

test('a foreign error becomes a bug that keeps its cause', () => {
  const cause = new TypeError('x is not a function');
  const error = toGofleetError(cause);
  expect(error).toMatchObject({ code: 'base.bug', cause });
  expect(toGofleetError(error)).toBe(error);
});

test('JSON has the code, the facts and the next step', () => {
  const error = new GofleetError('lab.not-root', 'the lab needs root', {
    facts: { uid: 1000 },
    hint: 'run it with sudo',
  });
  expect(errorToJson(error)).toEqual({
    code: 'lab.not-root',
    message: 'the lab needs root',
    facts: { uid: 1000 },
    retry: 'never',
    hint: 'run it with sudo',
  });
});

test('exit codes: usage 2, bug 70, everything else 3', () => {
  expect(exitCodeOf(new GofleetError('cli.usage', ''))).toBe(2);
  expect(exitCodeOf(new GofleetError('base.bug', ''))).toBe(70);
  expect(exitCodeOf(new GofleetError('lab.not-root', ''))).toBe(3);
});
