import { requireGoRelease } from '@gofleet/base/go-version';
import { expect, test } from 'vitest';
import { findChecksumBypasses } from './unsafe-bases.ts';

test.each([
  ['1.21.13', ['42501', '56864', '56865', '94447']],
  ['1.25.9', ['42501', '56864', '56865', '94447']],
  ['1.25.10', ['56864', '56865', '94447']],
  ['1.25.14', ['94447']],
  ['1.26.2', ['42501', '56864', '56865', '94447']],
  ['1.26.3', ['56864', '56865', '94447']],
  ['1.26.8', ['94447']],
  ['1.26.9', []],
  ['1.27rc2', ['56864', '56865', '94447']],
  ['1.27rc3', ['94447']],
  ['1.27.1', ['94447']],
  ['1.27.2', []],
  ['1.28.0', []],
  ['1.28rc1', []],
])('%s', (release, cves) => {
  expect(findChecksumBypasses(requireGoRelease(release)).map(({ cve }) => cve.slice(-5))).toEqual(cves);
});
