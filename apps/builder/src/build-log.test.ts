import { makeGoBuild } from '@gofleet/testkit/go-build-maker';
import { expect, test } from 'vitest';
import { tellBuilds } from './build-log.ts';

test('lines about a build tell which program it is of; what they say themselves wins', () => {
  const lines: unknown[] = [];
  const build = makeGoBuild('a');
  const log = tellBuilds(
    (_, message, facts) => lines.push({ message, ...facts }),
    (name) => (name === 'a' ? build : undefined),
  );
  log('info', 'claimed', { build: 'a' });
  log('info', 'relinked', { build: 'a', buildId: 'q/r/s/t', goVersion: 'go1.26.9' });
  log('info', 'published', { build: 'unknown' });
  log('info', 'ready');
  const program = { originalGoVersion: 'go1.21.5', originalBuildId: 'a/b/c/d', fingerprint: 'e3b0c44298fc' };
  expect(lines).toEqual([
    { message: 'claimed', build: 'a', goVersion: 'go1.26.8', ...program },
    { message: 'relinked', build: 'a', goVersion: 'go1.26.9', buildId: 'q/r/s/t', ...program },
    { message: 'published', build: 'unknown' },
    { message: 'ready' },
  ]);
});
