import { expect, test } from 'vitest';
import { isSameImage } from './same-image.ts';

const [a, b] = ['a', 'b'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];

test('the digest decides, whatever stands before it', () => {
  expect(isSameImage(`docker-pullable://x@${a}`, `x@${a}`)).toBe(true);
  expect(isSameImage(`x@${a}`, `x@${b}`)).toBe(false);
  expect(isSameImage(a, b)).toBe(false);
});

test('an image ID and a repository digest cannot be compared', () => {
  expect(isSameImage(a, `x@${b}`)).toBe(true);
  expect(isSameImage('x:tag', `x@${b}`)).toBe(false);
});
