import { expect, test } from 'vitest';
import { parseBuildInfo } from './build-info.ts';
import { classifyProvenance } from './provenance.ts';

const path = 'path\texample.com/m\n';
const released = `${path}mod\texample.com/m\tv1.0.0\th1:m=\n`;
const checkout = 'build\tvcs=git\nbuild\tvcs.revision=abc\nbuild\tvcs.modified=false\n';

test.each([
  ['released-module', `${released}dep\ta\tv1.0.0\th1:a=\n`],
  ['clean-checkout', `${path}mod\texample.com/m\tv1.0.0\t\n${checkout}`],
  ['clean-checkout', `${path}mod\texample.com/m\t(devel)\t\n${checkout}`],
  ['dirty-checkout', `${path}mod\texample.com/m\t(devel)\t\n${checkout.replace('false', 'true')}`],
  ['dirty-checkout', `${path}mod\texample.com/m\tv1.0.1-0.20240101000000-abcdefabcdef+dirty\t\n`],
  ['no-vcs', `${path}mod\texample.com/m\t(devel)\t\n`],
  ['vendored', `${path}mod\texample.com/m\tv1.0.0\t\ndep\ta\tv1.0.0\t\n${checkout}`],
  ['local-replace', `${released}dep\ta\tv1.0.0\n=>\t../a\t(devel)\t\n`],
  ['released-module', `${released}dep\ta\tv1.0.0\n=>\texample.com/fork\tv1.0.0\th1:f=\n`],
  ['unknown', 'path\tcommand-line-arguments\ndep\ta\tv1.0.0\th1:a=\n'],
  ['unknown', ''],
])('%s', (expected, text) => {
  const { class: found, reason } = classifyProvenance(parseBuildInfo(text));
  expect(found).toBe(expected);
  expect(reason).not.toBe('');
});

test('without build info nothing is known', () => {
  expect(classifyProvenance(undefined).class).toBe('unknown');
});
