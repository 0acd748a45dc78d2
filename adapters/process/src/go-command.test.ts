import { expect, test } from 'vitest';
import { goEnvironment } from './go-command.ts';

const dirs = { modCache: '/cache/mod', buildCache: '/cache/build', work: '/work' };

test('the environment is whole and nothing of the user is in it', () => {
  process.env.GOFLAGS = '-tags=surprise';
  const env = goEnvironment({ dirs, env: { GOPROXY: 'http://proxy', GOTOOLCHAIN: 'go1.21.5' } });
  delete process.env.GOFLAGS;
  expect(env).toMatchObject({
    GOENV: 'off',
    GOFLAGS: '',
    GOWORK: 'off',
    GOPROXY: 'http://proxy',
    GOTOOLCHAIN: 'go1.21.5',
    GOMODCACHE: '/cache/mod',
    GOCACHE: '/cache/build',
  });
  expect(env).not.toHaveProperty('GOROOT');
  expect(env).not.toHaveProperty('GOBIN');
  expect(env.HOME?.startsWith('/work/')).toBe(true);
});
