import { expect, test } from 'vitest';
import { planGoBuild, type TreeBuild, targetInTree } from './go-build-step.ts';
import { likelyLinkFlags } from './link-flags.ts';
import { planRelink, type RelinkPlan } from './plan-relink.ts';
import { type ObservedOriginal, type RelinkOriginal, relinkOriginalFromObserved } from './relink-original.ts';
import type { SourceSpec } from './source/source-spec.ts';

const modules = `path\texample.com/tool/v2/cmd/serve
mod\texample.com/tool/v2\tv2.1.0\th1:m=
dep\texample.com/a\tv1.0.0\th1:a=
build\t-buildmode=exe
build\t-compiler=gc
build\t-tags=netgo,osusergo
build\t-trimpath=true
build\tDefaultGODEBUG=panicnil=1
build\tCGO_ENABLED=0
build\tGOARCH=arm64
build\tGOOS=linux
build\tGOARM64=v8.0
`;

function original(change: Partial<ObservedOriginal> = {}): RelinkOriginal {
  return relinkOriginalFromObserved({
    sha256: 'a'.repeat(64),
    sizeBytes: 1000,
    goVersion: 'go1.21.5',
    os: 'linux',
    arch: 'arm64',
    buildId: 'a/b/c/d',
    buildInfo: modules,
    ...change,
  });
}

const released = { experiments: '', linkFlags: '' };

test('builds as recorded, with the release that is named', () => {
  const step = planGoBuild(original(), { ...released, release: 'go1.21.5' });
  expect(step).toEqual({
    goVersion: 'go1.21.5',
    argv: ['install', '-trimpath', '-tags=netgo,osusergo', 'example.com/tool/v2/cmd/serve@v2.1.0'],
    env: { CGO_ENABLED: '0', GOARCH: 'arm64', GOARM64: 'v8.0', GOOS: 'linux', GOTOOLCHAIN: 'go1.21.5' },
    output: 'serve',
  });
});

test('builds in a work tree: what is stamped, vendored and profiled there', () => {
  const tree = { targets: ['./cmd/serve'], vcs: true, vendored: false, workspace: false };
  const argv = (change: Partial<TreeBuild>): readonly string[] =>
    planGoBuild(original(), { ...released, release: 'go1.26.8', tree: { ...tree, ...change } }).argv;
  const recorded = ['-trimpath', '-tags=netgo,osusergo', './cmd/serve'];
  expect(argv({})).toEqual(['install', '-buildvcs=true', '-mod=readonly', ...recorded]);
  expect(argv({ vcs: false, vendored: true, pgo: 'off' })).toEqual([
    ...['install', '-buildvcs=false', '-mod=vendor', '-pgo=off'],
    ...recorded,
  ]);
  expect(argv({ workspace: true })).toEqual(['install', '-buildvcs=true', ...recorded]);
  expect(argv({ workspace: true, vendored: true })).toContain('-mod=vendor');
});

test.each([
  ['example.com/m', '.'],
  ['example.com/m/cmd/x', './cmd/x'],
  ['example.com/more/cmd', 'example.com/more/cmd'],
])('the target of %s in the tree of example.com/m', (path, target) => {
  expect(targetInTree({ ...original(), package: path, main: { path: 'example.com/m', version: '' } })).toBe(
    target,
  );
});

test('the key changes with original, target and settings, and with nothing else', () => {
  const key = (plan: RelinkPlan): string | undefined => plan.recipeKey;
  const first = key(planRelink(original(), '1.26.8'));
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(key(planRelink(original(), 'go1.26.8'))).toBe(first);
  expect(key(planRelink(original(), '1.26.7'))).not.toBe(first);
  const tagged = original({ buildInfo: modules.replace('netgo,osusergo', 'netgo') });
  expect(key(planRelink(tagged, '1.26.8'))).not.toBe(first);
  expect(key(planRelink({ ...original(), sha256: 'b'.repeat(64) }, '1.26.8'))).not.toBe(first);
});

test('a package that ends in a major version is installed under the name before it', () => {
  const root = original({ buildInfo: modules.replace('/cmd/serve', '') });
  expect(planGoBuild(root, { ...released, release: 'go1.26.8' }).output).toBe('tool');
});

test('link flags: as recorded, else the likely ones, since -trimpath hides them', () => {
  const flags = (change: Parameters<typeof original>[0]): readonly string[] =>
    likelyLinkFlags(original(change));
  expect(flags({})).toEqual(['', '-s -w', '-w', '-s']);
  expect(flags({ stripped: true })).toEqual(['-s -w', '-s']);
  expect(flags({ stripped: false })).toEqual(['', '-w']);
  expect(flags({ stripped: true, buildId: '' })).toEqual(['-s -w -buildid=', '-s -buildid=']);
  const plain = modules.replace('build\t-trimpath=true\n', '');
  expect(flags({ stripped: true, buildInfo: plain })).toEqual(['']);
  const recorded = plain.replace('build\t-tags', 'build\t-ldflags="-X main.v=1 -w"\nbuild\t-tags');
  expect(flags({ stripped: true, buildInfo: recorded })).toEqual(['-X main.v=1 -w']);
});

test('experiments go along; a Go that is no release has no proof', () => {
  for (const goVersion of ['go1.21.5 X:boringcrypto', 'go1.21.5-X:boringcrypto']) {
    const { own } = planRelink(original({ goVersion }), '1.26.8');
    expect(own).toEqual({ release: 'go1.21.5', experiments: 'boringcrypto' });
    const step = planGoBuild(original(), { ...released, ...(own ?? expect.unreachable()) });
    expect(step.env).toMatchObject({ GOTOOLCHAIN: 'go1.21.5', GOEXPERIMENT: 'boringcrypto' });
  }
  for (const goVersion of ['go1.26.4-1-microsoft', 'devel go1.27-abcdef']) {
    expect(planRelink(original({ goVersion }), '1.26.8').own).toBeUndefined();
  }
});

test('cgo is used when it is allowed, never turned off', () => {
  const cgo = original({ buildInfo: modules.replace('CGO_ENABLED=0', 'CGO_ENABLED=1') });
  expect(() => planRelink(cgo, '1.26.8')).toThrow(
    expect.objectContaining({ code: 'build.needs-cgo', hint: expect.stringContaining('--cgo') }),
  );
  planRelink(cgo, '1.26.8', { cgo: true });
  expect(planGoBuild(cgo, { ...released, release: 'go1.26.8' }).env.CGO_ENABLED).toBe('1');
});

test('nothing is remembered of a source that may change behind its name', () => {
  const key = (given: SourceSpec): string | undefined =>
    planRelink(original(), '1.26.8', { given }).recipeKey;
  expect(key({ kind: 'directory', path: '/src' })).toBeUndefined();
  expect(key({ kind: 'git', repository: '/src', revision: 'main' })).toBeUndefined();
  expect(key({ kind: 'git', repository: '/src', revision: 'a'.repeat(40) })).toBeDefined();
});

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (thrown) {
    return (thrown as { code?: string }).code;
  }
}

test.each([
  ['dirty', `${modules}build\tvcs.revision=abc\nbuild\tvcs.modified=true\n`],
  ['nothing recorded', ''],
])('refuses what cannot be rebuilt: %s', (_name, buildInfo) => {
  expect(codeOf(() => planRelink(original({ buildInfo }), '1.26.8'))).toBe('build.no-provenance');
});

test('refuses targets that are no release, or too old', () => {
  expect(codeOf(() => planRelink(original(), 'tip'))).toBe('base.malformed-go-version');
  expect(codeOf(() => planRelink(original(), '1.26'))).toBe('base.malformed-go-version');
  expect(codeOf(() => planRelink(original(), '1.20.14'))).toBe('build.older-go');
});
