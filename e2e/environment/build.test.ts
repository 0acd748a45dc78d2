import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  createStage,
  installTools,
  machineGo,
  otherGo,
  type Stage,
  seedCache,
  twoPackages,
} from './stage.ts';

let stage: Stage;
beforeAll(() => installTools('strace', 'git'));
beforeEach(() => {
  stage = createStage();
  stage.write(twoPackages);
});
afterEach(() => stage.remove());

const compiles = ({ stderr }: { readonly stderr: string }): number =>
  stderr.split('\n').filter((line) => /\/compile /.test(line)).length;

test.each(['matrix', 'local'] as const)(
  '%s: two releases build the same module in turn; each second build compiles nothing',
  (scenario) => {
    const mine = machineGo();
    const build = (go: string) => {
      const out = join(stage.dir, `program-${go}`);
      const argv = [
        'env',
        'run',
        '--go',
        go,
        '--scenario',
        scenario,
        '--',
        'go',
        'build',
        '-x',
        '-o',
        out,
        '.',
      ];
      const built = stage.gofleet(argv);
      expect(built.code, built.stderr).toBe(0);
      return { compiled: compiles(built), says: stage.run(out, []).stderr.trim() };
    };
    const [first, second] = [build(mine), build(otherGo)];
    expect([first.says, second.says]).toEqual([`go${mine} 2`, `go${otherGo} 2`]);
    expect(first.compiled).toBeGreaterThan(1);
    expect(second.compiled).toBeGreaterThan(1);
    const [third, fourth] = [build(mine), build(otherGo)];
    expect([third.compiled, fourth.compiled]).toEqual([0, 0]);
    expect([third.says, fourth.says]).toEqual([first.says, second.says]);
    const caches = readdirSync(stage.work).filter((name) => name.startsWith('.gocache'));
    expect(caches).toEqual(scenario === 'matrix' ? [`.gocache-${otherGo}`, `.gocache-${mine}`] : []);
  },
);

const withDependency = {
  'go.mod': 'module shop.example/dep\n\ngo 1.21\n\nrequire github.com/pkg/errors v0.9.1\n',
  'go.sum': [
    'github.com/pkg/errors v0.9.1 h1:FEBLx1zS214owpjy7qsBeixbURkuhQAwrK5UwLGTwt4=',
    'github.com/pkg/errors v0.9.1/go.mod h1:bwawxfHBFNV+L2hUp1rHADufV3IMtnDRdf1r5NINEl0=\n',
  ].join('\n'),
  'main.go':
    'package main\n\nimport "github.com/pkg/errors"\n\nfunc main() { println(errors.New("there").Error()) }\n',
};

/** Paths that a traced run made, renamed or opened for writing. */
function writtenPaths(trace: string): string[] {
  return trace
    .split('\n')
    .filter((line) => !/ = -1 /.test(line))
    .filter((line) =>
      /O_CREAT|O_WRONLY|O_RDWR|^\d+ +(?:<\.\.\. )?(?:mkdir|rename|link|symlink|creat)/.test(line),
    )
    .flatMap((line) => [...line.matchAll(/"(\/[^"]*)"/g)].map(([, path = '']) => path));
}

test('ci: a build with a dependency leaves nothing outside the work tree, and the tree is clean for git', () => {
  stage.write(withDependency);
  const trace = join(stage.dir, 'trace');
  const calls = 'openat,open,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat';
  for (const args of [
    ['init', '-q'],
    ['add', '-A'],
    ['-c', 'user.name=a', '-c', 'user.email=a@shop.example', 'commit', '-qm', 'x'],
  ]) {
    expect(stage.run('git', args).code).toBe(0);
  }
  const built = stage.gofleet(
    [
      'env',
      'run',
      '--scenario',
      'ci',
      '--',
      'strace',
      '-f',
      '-qq',
      '-e',
      `trace=${calls}`,
      '-o',
      trace,
    ].concat(['go', 'build', '-o', '.gotmp/dep', '.']),
  );
  expect(built.code, built.stderr).toBe(0);
  const outside = writtenPaths(readFileSync(trace, 'utf8')).filter(
    (path) => !path.startsWith(`${stage.work}/`) && !path.startsWith('/dev/') && !path.startsWith('/proc/'),
  );
  expect(outside).toEqual([]);
  expect(readdirSync(stage.home)).toEqual([]);
  expect(stage.run('git', ['status', '--porcelain']).stdout).toBe('');
  const info = stage.run('go', ['version', '-m', '.gotmp/dep']).stdout;
  expect(info).toContain('vcs.modified=false');
  expect(
    stage.run('rm', [
      '-rf',
      ...readdirSync(stage.work).filter((name) => name.startsWith('.go') || name === '.modcache'),
    ]).code,
  ).toBe(0);
});

test('matrix: downloads of the user are read, and the module cache of the user is not written to', () => {
  stage.write(withDependency);
  const shared = join(stage.dir, 'shared');
  const env = { GOMODCACHE: shared };
  expect(stage.run('go', ['mod', 'download'], { env }).code).toBe(0);
  const files = () => readdirSync(shared, { recursive: true }).sort();
  const before = files();
  const noNetwork = { ...env, GOPROXY: 'http://127.0.0.1:1' };
  const built = stage.gofleet(['env', 'run', '--scenario', 'matrix', '--', 'go', 'mod', 'download', '-x'], {
    env: noNetwork,
  });
  expect(built.code, built.stderr).toBe(0);
  expect(files()).toEqual(before);
});

test('a -toolexec program changes nothing of what builds without it get', () => {
  const wrap = join(stage.dir, 'wrap.sh');
  // Compiles lib with another constant, and says the compiler's own version when asked.
  stage.run('sh', [
    '-c',
    `cat > ${wrap} <<'END'
#!/bin/sh
tool=$1; shift
case "$tool $*" in
*-V=full*) exec "$tool" "$@" ;;
*/compile*"-p shop.example/two/lib "*) sed -i.bak 's/x + 1/x + 100/' lib/lib.go; "$tool" "$@"; code=$?; mv lib/lib.go.bak lib/lib.go; exit $code ;;
esac
exec "$tool" "$@"
END
chmod +x ${wrap}`,
  ]);
  const out = join(stage.dir, 'program');
  const build = (run: readonly string[], flags: string) => {
    const env = { GOFLAGS: flags };
    const built =
      run.length === 0
        ? stage.run('go', ['build', '-o', out, '.'], { env })
        : stage.gofleet([...run, 'go', 'build', '-o', out, '.'], { env });
    expect(built.code, built.stderr).toBe(0);
    return stage.run(out, []).stderr.trim().split(' ')[1];
  };
  const inside = ['env', 'run', '--'];
  seedCache(stage, join(stage.home, '.cache/go-build'), machineGo());
  expect(build(inside, `-toolexec=${wrap}`)).toBe('101');
  expect(build(inside, '')).toBe('2');
  // What the cache of its own is for: with one cache for both, the changed package is served to builds without the program.
  stage.write({ 'lib/lib.go': 'package lib\n\n// New.\nfunc Next(x int) int { return x + 1 }\n' });
  expect(build([], `-toolexec=${wrap}`)).toBe('101');
  expect(build([], '')).toBe('101');
});
