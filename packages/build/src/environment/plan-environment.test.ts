import { parseEnvFile } from '@gofleet/declare/go/env-file';
import { expect, test } from 'vitest';
import { resolveSettings, type SettingSources } from './go-settings.ts';
import { type EnvironmentPlan, type EnvironmentRequest, planEnvironment } from './plan-environment.ts';

const goEnv = 'GOPROXY=https://proxy.example,direct\nGOSUMDB=sum.example\n';
const goroot = parseEnvFile(goEnv, '/go/go.env', 'first');
const parseUserFile = (text: string) => parseEnvFile(text, '/home/a/.config/go/env', 'last');

function plan(
  change: Partial<EnvironmentRequest> = {},
  sources: Partial<SettingSources> = {},
): EnvironmentPlan & { readonly values: Record<string, string | undefined> } {
  const settings = resolveSettings({
    environment: {},
    goroot,
    home: '/home/a',
    userCacheDir: '/home/a/.cache',
    ...sources,
  });
  const made = planEnvironment({
    scenario: 'local',
    goRoot: '/sdk/go1.22.12',
    goVersion: 'go1.22.12',
    workTree: '/work',
    path: '/usr/bin:/sdk/go1.22.12/bin:/bin',
    settings,
    ...change,
  });
  return { ...made, values: Object.fromEntries(made.variables.map(({ name, value }) => [name, value])) };
}

test('local shares the caches of the user, and takes GOROOT away', () => {
  const { values, variables, directories } = plan();
  expect(values).toMatchObject({
    PATH: '/sdk/go1.22.12/bin:/usr/bin:/bin',
    GOTOOLCHAIN: 'local',
    GOCACHE: '/home/a/.cache/go-build',
    GOMODCACHE: '/home/a/go/pkg/mod',
    GOPROXY: 'https://proxy.example,direct',
    GOSUMDB: 'sum.example',
  });
  expect(variables.find(({ name }) => name === 'GOROOT')).toMatchObject({ value: undefined });
  expect(values).not.toHaveProperty('GOENV');
  expect(directories).toEqual([]);
});

test('ci keeps everything in the work tree and never asks version control hosts', () => {
  const { values, directories } = plan(
    { scenario: 'ci' },
    { environment: { GOFLAGS: '-tags=x', GOWORK: 'off' } },
  );
  expect(values).toMatchObject({
    GOROOT: '/sdk/go1.22.12',
    GOENV: 'off',
    GOCACHE: '/work/.gocache',
    GOMODCACHE: '/work/.modcache',
    GOTMPDIR: '/work/.gotmp',
    GOPATH: '/work/.gopath',
    GOFLAGS: '-modcacherw',
    GOPROXY: 'https://proxy.example',
    GOWORK: undefined,
  });
  expect(directories).toHaveLength(5);
  expect(directories.every((path) => path.startsWith('/work/.'))).toBe(true);
});

test('a matrix has directories per release and only reads the downloads of the user', () => {
  const { values } = plan({ scenario: 'matrix', sharedModules: '/home/ä b/mod' });
  expect(values).toMatchObject({
    GOCACHE: '/work/.gocache-1.22.12',
    GOMODCACHE: '/work/.modcache-1.22.12',
    GOPROXY: 'file:///home/%C3%A4%20b/mod/cache/download,https://proxy.example',
  });
});

test('what is in no cache key gets a cache of its own', () => {
  const flags = { environment: { GOFLAGS: '-toolexec=/bin/wrap' } };
  expect(plan({}, flags).values.GOCACHE).toMatch(/^\/home\/a\/\.cache\/go-build-toolexec-[0-9a-f]{8}$/);
  const again = { environment: { ...flags.environment, GOCACHE: plan({}, flags).values.GOCACHE } };
  expect(plan({}, again).values.GOCACHE).toBe(plan({}, flags).values.GOCACHE);
  const marked = plan({ compilerMark: 'go1.22.12-0badf00d' }).values.GOCACHE;
  expect(marked).toBe('/home/a/.cache/go-build-go1.22.12-0badf00d');
});

test('settings of go env -w count like those of the environment, which win', () => {
  const envFile = parseUserFile('GOPRIVATE=git.example\nGOCACHE=/file/cache\n');
  const { values } = plan({ scenario: 'ci' }, { envFile, environment: { GOPRIVATE: '*.corp.example' } });
  expect(values.GOPRIVATE).toBe('*.corp.example');
  expect(plan({}, { envFile }).values.GOCACHE).toBe('/file/cache');
});

test('an empty value of go env -w keeps that of the release from counting', () => {
  const settings = resolveSettings({ environment: {}, goroot, envFile: parseUserFile('GOPROXY=\n') });
  expect(settings('GOPROXY')).toEqual({ value: '', from: 'default' });
  expect(settings('GOSUMDB')).toMatchObject({
    value: 'sum.example',
    from: 'goroot',
    file: '/go/go.env',
    line: 2,
  });
});

test('the release of a vendor is a folder name without blanks', () => {
  const { values } = plan({ scenario: 'matrix', goVersion: 'go1.26.4 X:boringcrypto' });
  expect(values.GOCACHE).toBe('/work/.gocache-1.26.4-X-boringcrypto');
});
