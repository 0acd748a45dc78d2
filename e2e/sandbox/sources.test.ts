import { execFileSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hello, type Stage, startStage } from './stage.ts';

const goMod = (name: string, more = ''): string => `module example.test/${name}\n\ngo 1.21\n${more}`;
const assembled = 'package main\n\nfunc f()\n\nfunc main() { f() }\n';

describe.each([
  { isKernel: true, argv: [] },
  { isKernel: false, argv: ['--no-landlock'] },
])('with Landlock: $isKernel', ({ isKernel, argv }) => {
  let stage: Stage;
  const at = (path: string): string => join(stage.volume, path);
  const outside = (name: string): string => join(stage.outside, name);
  const pipe = (path: string) => execFileSync('mkfifo', [at(path)]);

  /** Whatever is said of it, nothing of outside is in it. */
  function refuses(words: readonly string[], why: string, from: string, env = {}): void {
    const call = stage.go(words, { in: from, env });
    expect(call).toMatchObject({ stderr: expect.stringContaining(why) });
    expect(call.code).not.toBe(0);
    expect(call.stdout + call.stderr).not.toContain('s3cret');
    expect(readdirSync(stage.outside).sort()).toEqual(['go.mod', 'secret.go', 'secret.txt']);
  }

  beforeAll(async () => {
    stage = await startStage(['--limit-time', '20', ...argv]);
    writeFileSync(outside('secret.txt'), 's3cret\n');
    writeFileSync(outside('go.mod'), goMod('secret'));
    writeFileSync(outside('secret.go'), 'package secret\n\nconst s3cret = 1\n');
  });
  afterAll(() => stage.stop());

  test('what the assembler includes', () => {
    stage.write({
      'include/go.mod': goMod('include'),
      'include/main.go': assembled,
      'include/f.s': `#include "${outside('secret.txt')}"\n`,
      'macro/go.mod': goMod('macro'),
      'macro/main.go': assembled,
      'macro/f.s': '#include "m.h"\nREAD("../../outside/secret.txt")\n',
      'macro/m.h': '#define READ(f) #include f\n',
    });
    const not = (path: string) => `${path}:1: an include of anything but`;
    // The kernel denies it, whereupon the assembler looks among Go's own headers.
    refuses(['build', '.'], isKernel ? 'no such file or directory' : not('include/f.s'), 'include');
    execFileSync('rm', ['-r', at('include')]);
    refuses(['build', '.'], isKernel ? 'no such file or directory' : not('macro/m.h'), 'macro');
    execFileSync('rm', ['-r', at('macro')]);
    stage.write({
      'header/go.mod': goMod('header'),
      'header/main.go': assembled,
      'header/sub/m.h': '#define NOTHING RET\n',
      'header/f.s': '#include "textflag.h"\n#include "sub/m.h"\n\nTEXT ·f(SB), NOSPLIT, $0\n\tNOTHING\n',
    });
    expect(stage.go(['build', '-o', '/dev/null', '.'], { in: 'header' })).toMatchObject({
      code: 0,
      stderr: '',
    });
  });

  test('lines that sources say they come from', () => {
    const code = `package m\n\nimport "fmt"\n\nfunc F() {\n//line ${outside('secret.txt')}:1\n\tfmt.Printf("%d", "text")\n}\n`;
    stage.write({ 'lines/go.mod': goMod('lines'), 'lines/m.go': code });
    refuses(['vet', '-c=3', '.'], '-c: it prints lines of the files', 'lines');
    refuses(['vet', '.'], 'has arg "text" of wrong type', 'lines');
  });

  test('pipes in the place of files', () => {
    stage.write({
      'pipes/go.mod': goMod('pipes'),
      'pipes/below/main.go': hello,
      'pipes/work/main.go': hello,
      'pipes/out/main.go': hello,
    });
    pipe('pipes/below/go.mod');
    pipe('pipes/work/go.work');
    pipe('pipes/out/out');
    // Looked at for a version, and passed over.
    pipe('pipes/out/.tool-versions');
    // The go.mod above was not the one that Go would have read.
    refuses(['build', '.'], 'below/go.mod: it is no regular file', 'pipes/below');
    refuses(['build', '.'], 'work/go.work: it is no regular file', 'pipes/work');
    refuses(['build', '.'], 'found a device, pipe or socket', 'pipes/out', {
      GOWORK: at('pipes/work/go.work'),
    });
    refuses(['build', '.'], 'what is there is no regular file', 'pipes/out');
  });

  test('files of a workspace above the volume, and directories by way of links', () => {
    const above = join(stage.volume, '..', 'go.work');
    writeFileSync(above, `go 1.21\n\nuse (\n\t./volume/above\n\t./outside\n)\n`);
    stage.write({
      'above/go.mod': goMod('above'),
      'above/main.go': 'package main\n\nimport _ "example.test/secret"\n\nfunc main() {}\n',
      'linked/go.mod': goMod('linked', '\nreplace example.test/secret => ./inner\n'),
      'linked/main.go': hello,
      'spaces/go.work': 'go 1.21\n\nuse .\n\nreplace example.test/secret => ../../outside\n',
      'spaces/go.mod': goMod('spaces'),
      'spaces/main.go': hello,
    });
    refuses(['build', '.'], 'no required module provides', 'above');
    refuses(['build', '.'], 'it lies outside', 'above', { GOWORK: above });
    refuses(['build', '.'], 'go.work:5, replace ../../outside', 'spaces');
    symlinkSync(stage.outside, at('linked/inner'));
    refuses(['build', '.'], 'go.mod:5, replace ./inner', 'linked');
    refuses(['build', '-C', 'linked/inner', '.'], 'it lies outside', '.');
    execFileSync('rm', [at('linked/inner')]);
  });

  test.each([
    ['quoted', 'replace example.test/secret => "../../outside"'],
    ['raw', 'replace (\n\texample.test/secret v0.0.0 => `../../outside`\n)'],
    ['by a detour', 'replace example.test/secret => ./below/../../../outside // here'],
    ['with line ends of Windows', 'replace example.test/secret => ../../outside\r'],
  ])('a replacement that is written %s', (_how, line) => {
    stage.write({
      'written/go.mod': goMod('written', `\n${line}\n`),
      'written/below/x.go': 'package below\n',
      'written/main.go': hello,
    });
    refuses(['build', '.'], 'it lies outside', 'written');
  });

  test('packages whose coverage is asked for, and files that a test is told to write', () => {
    stage.write({
      'covered/go.mod': goMod('covered'),
      'covered/m_test.go': 'package covered\n\nimport "testing"\n\nfunc TestX(t *testing.T) {}\n',
    });
    const covered = stage.go(['test', '-coverpkg=../../outside/...', '.'], { in: 'covered' });
    expect(covered).toMatchObject({ stderr: expect.stringContaining('no packages being tested depend on') });
    const log = `-test.testlogfile=${outside('log')}`;
    // Without Landlock a test may do what the sandbox may.
    if (isKernel) refuses(['test', '.', '-args', log], '', 'covered');
  });

  test('a toolchain that go.mod names is none but those that are given', () => {
    stage.write({
      'newer/go.mod': goMod('newer', 'toolchain go1.99.0\n'),
      'placed/go.mod': goMod('placed', `toolchain ${outside('go')}\n`),
    });
    refuses(['build', '.'], 'Go 1.99.0 is asked for', 'newer');
    refuses(['build', '.'], 'invalid toolchain', 'placed');
    refuses(['build', '.'], 'the sandbox has', 'newer', { GOTOOLCHAIN: 'go1.99.0+path' });
  });

  test('an output over a hard link leaves the other name alone', () => {
    stage.write({ 'hard/go.mod': goMod('hard'), 'hard/main.go': hello });
    writeFileSync(outside('secret.txt'), '\x7fELF s3cret');
    linkSync(outside('secret.txt'), at('hard/out'));
    expect(stage.go(['build', '-o', 'out', '.'], { in: 'hard' })).toMatchObject({ code: 0 });
    expect(readFileSync(outside('secret.txt'), 'utf8')).toBe('\x7fELF s3cret');
    writeFileSync(outside('secret.txt'), 's3cret\n');
  });

  test('links among vendored packages, and of names that are no text', () => {
    const main = 'package main\n\nimport _ "example.test/secret"\n\nfunc main() {}\n';
    stage.write({
      'vendored/go.mod': goMod('vendored', '\nrequire example.test/secret v1.0.0\n'),
      'vendored/main.go': main,
      'vendored/vendor/modules.txt':
        '# example.test/secret v1.0.0\n## explicit; go 1.21\nexample.test/secret\n',
      'named/go.mod': goMod('named'),
      'named/main.go': hello,
    });
    mkdirSync(at('vendored/vendor/example.test'));
    symlinkSync(stage.outside, at('vendored/vendor/example.test/secret'));
    const [denied, leads] = ['cannot find module providing package', 'a link that leads out of the volume'];
    refuses(['build', '-mod=vendor', '.'], isKernel ? denied : leads, 'vendored');
    execFileSync('rm', ['-r', at('vendored')]);
    symlinkSync(outside('secret.go'), at('named/x'));
    const name = Buffer.concat([Buffer.from(at('named/')), Buffer.from([0xff]), Buffer.from('.go')]);
    renameSync(at('named/x'), name);
    refuses(['build', '.'], isKernel ? 'permission denied' : 'its name is no UTF-8', 'named');
  });
});
