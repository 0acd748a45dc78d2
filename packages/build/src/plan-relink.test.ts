import { expect, test } from 'vitest';
import { planRelink } from './plan-relink.ts';
import { type ObservedOriginal, type RelinkOriginal, relinkOriginalFromObserved } from './relink-original.ts';

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

test('builds as recorded: first with its own release, then with the wanted one', () => {
  const plan = planRelink(original(), '1.26.8');
  expect(plan.module).toBe('example.com/tool/v2@v2.1.0');
  expect(plan.proof).toEqual({
    goVersion: 'go1.21.5',
    argv: ['install', '-trimpath', '-tags=netgo,osusergo', 'example.com/tool/v2/cmd/serve@v2.1.0'],
    env: { CGO_ENABLED: '0', GOARCH: 'arm64', GOARM64: 'v8.0', GOOS: 'linux', GOTOOLCHAIN: 'go1.21.5' },
    output: 'serve',
  });
  expect(plan.build).toEqual({
    ...plan.proof,
    goVersion: 'go1.26.8',
    env: { ...plan.proof?.env, GOTOOLCHAIN: 'go1.26.8' },
  });
});

test('the key changes with original, target and settings, and with nothing else', () => {
  const key = (plan: { recipeKey: string }): string => plan.recipeKey;
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
  expect(planRelink(root, '1.26.8').build.output).toBe('tool');
});

test('link flags: as recorded, else the likely ones, since -trimpath hides them', () => {
  const flags = (change: Parameters<typeof original>[0]): (string | undefined)[] => {
    const plan = planRelink(original(change), '1.26.8');
    return [plan, ...plan.alternatives].map(({ proof, build }) => {
      const [flag] = build.argv.filter((word) => word.startsWith('-ldflags='));
      expect(proof?.argv).toEqual(build.argv);
      return flag?.slice('-ldflags='.length);
    });
  };
  expect(flags({})).toEqual([undefined, '-s -w', '-w', '-s']);
  expect(flags({ stripped: true })).toEqual(['-s -w', '-s']);
  expect(flags({ stripped: false })).toEqual([undefined, '-w']);
  expect(flags({ stripped: true, buildId: '' })).toEqual(['-s -w -buildid=', '-s -buildid=']);
  const plain = modules.replace('build\t-trimpath=true\n', '');
  expect(flags({ stripped: true, buildInfo: plain })).toEqual([undefined]);
  const recorded = plain.replace('build\t-tags', 'build\t-ldflags="-X main.v=1 -w"\nbuild\t-tags');
  expect(flags({ stripped: true, buildInfo: recorded })).toEqual(['-X main.v=1 -w']);
});

test('experiments go along; a Go that is no release has no proof', () => {
  const boring = planRelink(original({ goVersion: 'go1.21.5 X:boringcrypto' }), '1.26.8');
  expect(boring.proof?.env).toMatchObject({ GOTOOLCHAIN: 'go1.21.5', GOEXPERIMENT: 'boringcrypto' });
  expect(boring.build.env.GOEXPERIMENT).toBe('boringcrypto');
  for (const goVersion of ['go1.26.4-1-microsoft', 'devel go1.27-abcdef']) {
    expect(planRelink(original({ goVersion }), '1.26.8').proof).toBeUndefined();
  }
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
  ['(devel)', modules.replace('v2.1.0\th1:m=', '(devel)\t')],
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
