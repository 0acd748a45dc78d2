import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hello, type Stage, startStage } from './stage.ts';

const goMod = (name: string, more = ''): string => `module example.test/${name}\n\ngo 1.21\n${more}`;

/** A program that leaves a mark where it runs. */
const evil = (mark: string): string => `#!/bin/sh\necho ran >> ${mark}\n`;

describe.each([
  { kind: 'with Landlock', argv: [] },
  { kind: 'without Landlock', argv: ['--no-landlock'] },
])('$kind', ({ kind, argv }) => {
  let stage: Stage;
  let mark: string;
  const link = (to: string, at: string): void => symlinkSync(to, join(stage.volume, at));
  const outsideIsUntouched = (): void => {
    expect(existsSync(mark)).toBe(false);
    expect(readdirSync(stage.outside).sort()).toEqual(['go.mod', 'secret.go', 'secret.txt']);
    expect(readFileSync(join(stage.outside, 'secret.txt'), 'utf8')).toBe('s3cret');
  };
  /** Refused with this reason, and nothing happened outside. */
  function refuses(words: readonly string[], why: string, from = 'app', env = {}): void {
    const { code, stdout, stderr } = stage.go(words, { in: from, env });
    expect({ code, stdout, stderr }).toMatchObject({ stderr: expect.stringContaining(why) });
    expect(code).not.toBe(0);
    expect(stdout + stderr).not.toContain('s3cret');
    outsideIsUntouched();
  }

  beforeAll(async () => {
    stage = await startStage(argv);
    mark = join(stage.outside, 'mark');
    writeFileSync(join(stage.outside, 'secret.txt'), 's3cret');
    writeFileSync(join(stage.outside, 'go.mod'), goMod('secret'));
    writeFileSync(join(stage.outside, 'secret.go'), 'package secret\n\nconst s3cret = 1\n');
    stage.write({
      'app/go.mod': goMod('app'),
      'app/main.go': hello,
      'app/evil': evil(mark),
      'app/o.json': '{"Replace":{}}',
    });
    chmodSync(join(stage.volume, 'app/evil'), 0o755);
  });
  afterAll(() => stage.stop());

  test('programs of the caller', () => {
    const program = join(stage.volume, 'app/evil');
    refuses(['build', `-toolexec=${program}`], 'it names a program to run');
    refuses(['vet', `-vettool=${program}`], 'it names a program to run');
    refuses(['test', '-exec', program], 'it names a program to run');
    refuses(['build'], 'GOFLAGS, -toolexec', 'app', { GOFLAGS: `-toolexec=${program}` });
    refuses(['build', `-ldflags=-linkmode=external -extld=${program}`], 'no value of -linkmode');
    refuses(['build', `-ldflags=-extld=${program}`], 'not among what it may hold');
    refuses(['generate'], 'the sandbox runs go build');
    refuses(['run', '.'], 'the sandbox runs go build');
    refuses(['tool', 'compile'], 'the sandbox runs go build');
  });

  test('variables that would lead the go command to programs count for nothing', () => {
    const program = join(stage.volume, 'app/evil');
    const env = {
      ...{ GOAUTH: `git ${program}`, GOCACHEPROG: program, GOTOOLDIR: stage.volume, GOROOT: stage.volume },
      ...{ GOENV: join(stage.volume, 'app/go.env'), GOCACHE: stage.outside, GOTMPDIR: stage.outside },
      ...{ GOPATH: stage.outside, GOPROXY: `file://${stage.outside}`, GOTOOLCHAIN: 'local' },
    };
    stage.write({ 'app/go.env': `GOFLAGS=-toolexec=${program}\nGOCACHEPROG=${program}\n` });
    expect(stage.go(['build', '-o', '/dev/null'], { in: 'app', env })).toMatchObject({ code: 0, stderr: '' });
    outsideIsUntouched();
  });

  test('nothing of the tree runs in a build or vet: go:generate, tool lines, hooks of git, a go in the directory', () => {
    const program = join(stage.volume, 'quiet/evil');
    stage.write({
      'quiet/evil': evil(mark),
      'quiet/go': evil(mark),
      'quiet/git': evil(mark),
      'quiet/go.mod': goMod('quiet', '\ntool example.test/quiet/gen\n').replace('1.21', '1.24'),
      'quiet/gen/main.go': hello,
      'quiet/main.go': `package main\n\n//go:generate ${program}\n\nfunc main() {}\n`,
      'quiet/cgo.go': `package main\n\n// #cgo CFLAGS: -B${join(stage.volume, 'quiet')} -fplugin=./x.so\nimport "C"\n`,
      'quiet/.git/HEAD': 'ref: refs/heads/main\n',
      'quiet/.git/config': `[core]\n\trepositoryformatversion = 0\n\tfsmonitor = ${program}\n`,
      'quiet/.git/refs/.keep': '',
      'quiet/.git/objects/.keep': '',
    });
    for (const name of ['evil', 'go', 'git']) chmodSync(join(stage.volume, 'quiet', name), 0o755);
    expect(stage.go(['build', '-o', '/dev/null', '.'], { in: 'quiet' })).toMatchObject({ code: 0 });
    expect(stage.go(['vet', './...'], { in: 'quiet' })).toMatchObject({ code: 0 });
    refuses(['build', '-buildvcs=true'], '"true" is no value', 'quiet');
    outsideIsUntouched();
  });

  test('cgo', () => {
    refuses(['build'], 'CGO_ENABLED: there is no C compiler', 'app', { CGO_ENABLED: '1' });
    refuses(['build'], 'CGO_CFLAGS: there is no cgo', 'app', { CGO_CFLAGS: '-fplugin=x.so' });
    refuses(['build'], 'CGO_LDFLAGS_ALLOW: there is no cgo', 'app', { CGO_LDFLAGS_ALLOW: '.*' });
    refuses(['build', '-race'], '-race: it needs cgo');
  });

  test('files of elsewhere by flags', () => {
    refuses(['build', '-overlay=o.json'], '-overlay: it leads to files');
    refuses(['build', `-modfile=${stage.outside}/go.mod`], '-modfile: it leads to files');
    refuses(['build', `-pkgdir=${stage.outside}`], '-pkgdir: it leads to files');
    refuses(['build', `-pgo=${stage.outside}/secret.txt`], 'it lies outside');
    refuses(['build', `-gcflags=-embedcfg=${stage.outside}/secret.txt`], 'not among what it may hold');
    refuses(['build', `-ldflags=@${stage.outside}/secret.txt`], 'read as a file of flags');
    refuses(['build', `-ldflags=-X @${stage.outside}/secret.txt`], 'read as a file of flags');
    refuses(['build', '-mod=mod'], '"mod" is no value');
  });

  test('directories and packages of elsewhere', () => {
    refuses(['build', '.'], 'it lies outside', stage.outside);
    refuses(['build', '-C', stage.outside, '.'], 'it lies outside');
    refuses(['build', '-C', '../..', '.'], 'it lies outside');
    refuses(['build', '../../outside'], 'it lies outside');
    refuses(['vet', `${stage.outside}/secret.go`], 'it lies outside');
    refuses(['test', '../../outside/...'], 'it lies outside');
    refuses(['build', '/...'], 'it lies outside');
    refuses(['build', 'x/../../../outside'], 'it lies outside');
  });

  test('files of a module and a workspace that lead elsewhere', () => {
    stage.write({
      'replace/go.mod': goMod('r', '\nreplace example.test/secret => ../../outside\n'),
      'work/go.work': `go 1.21\n\nuse (\n\t.\n\t${stage.outside}\n)\n`,
      'work/go.mod': goMod('w'),
      'worked/go.work': 'go 1.21\n\nuse ./m\n',
      'worked/m/go.mod': goMod('m', `\nreplace example.test/secret => ${stage.outside}\n`),
      'bare/main.go': hello,
    });
    refuses(['build', '.'], 'go.mod:5, replace ../../outside', 'replace');
    refuses(['build', '.'], 'go.work:5, use', 'work');
    refuses(['build', './m'], 'm/go.mod:5, replace', 'worked');
    refuses(['build', '.'], 'it lies outside', 'app', { GOWORK: `${stage.outside}/go.work` });
    refuses(['build', '.'], 'there is no go.mod here or above', 'bare');
  });

  test('outputs of elsewhere', () => {
    link(stage.outside, 'app/out');
    refuses(['build', '-o', `${stage.outside}/x`], 'it lies outside');
    refuses(['build', '-o', '../../outside/'], 'it lies outside');
    refuses(['build', '-o', 'out/x'], 'it lies outside');
    refuses(['build', '-o', '/dev/stdout'], 'outside');
    refuses(['build', '-o', '/dev/full'], 'outside');
    refuses(['test', '-c', '-o', `${stage.outside}/x`], 'it lies outside');
    refuses(['test', '-cpuprofile', `${stage.outside}/x`], 'it lies outside');
    refuses(['test', `-outputdir=${stage.outside}`], 'it lies outside');
    refuses(
      ['build', '-o', 'main.go'],
      kind === 'with Landlock' ? 'no object file' : 'leads out of the volume',
    );
  });

  test('an output replaces no link', () => {
    stage.write({ 'linked/go.mod': goMod('linked'), 'linked/main.go': hello });
    link(`${stage.outside}/secret.txt`, 'linked/linked');
    const why = kind === 'with Landlock' ? 'no regular file' : 'leads out of the volume';
    refuses(['build'], why, 'linked');
    refuses(['build', '-o', 'linked'], 'a link is there', 'linked');
  });

  test('sources that are links to elsewhere', () => {
    const isKernel = kind === 'with Landlock';
    const why = isKernel ? 'permission denied' : 'leads out of the volume';
    const cases = {
      file: { 'file/main.go': hello },
      package: {
        'package/main.go': 'package main\n\nimport _ "example.test/package/sub"\n\nfunc main() {}\n',
      },
      pgo: { 'pgo/main.go': hello },
      text: {
        'text/main.go':
          'package main\n\nimport _ "embed"\n\n//go:embed secret.txt\nvar s string\n\nfunc main() { println(s) }\n',
      },
    };
    for (const [name, files] of Object.entries(cases))
      stage.write({ ...files, [`${name}/go.mod`]: goMod(name) });
    link(`${stage.outside}/secret.go`, 'file/secret.go');
    link(stage.outside, 'package/sub');
    link(`${stage.outside}/secret.txt`, 'pgo/default.pgo');
    link(`${stage.outside}/secret.txt`, 'text/secret.txt');
    refuses(['build', '.'], why, 'file');
    refuses(['build', '.'], isKernel ? 'no required module provides' : why, 'package');
    refuses(['build', '.'], why, 'pgo');
    refuses(['build', '.'], isKernel ? 'cannot embed irregular file' : why, 'text');
  });
});

describe('a test, which is the caller’s own code', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage();
    mkdirSync(join(stage.volume, 'app'));
  });
  afterAll(() => stage.stop());

  function runTest(body: string, imports: readonly string[]): string {
    const list = ['testing', ...imports].map((each) => `\t"${each}"\n`).join('');
    const code = `package app\n\nimport (\n${list})\n\nfunc TestX(t *testing.T) {\n${body}\n}\n`;
    stage.write({ 'app/go.mod': goMod('app'), 'app/app_test.go': code });
    const { stdout, stderr } = stage.go(['test', '-count=1', '-v', '.'], { in: 'app' });
    return stdout + stderr;
  }

  test('may write into the volume, and nowhere else; reads neither others nor the environment of the sandbox', () => {
    const body = `for _, name := range []string{"${stage.volume}/app/made", "${stage.outside}/made"} {
      t.Log(name, os.WriteFile(name, nil, 0o644) == nil)
    }
    parent, _ := os.ReadFile("/proc/" + strconv.Itoa(os.Getppid()) + "/stat")
    t.Log("has stat", len(parent) > 0)
    _, err := os.ReadFile("${process.env.HOME}/.profile")
    t.Log("home", err)
    _, err = os.ReadFile("/proc/${process.pid}/environ")
    t.Log("environ", err)`;
    const said = runTest(body, ['os', 'strconv']);
    expect(said).toContain('app/made true');
    expect(said).toContain('outside/made false');
    expect(said).toMatch(/home open .*(?:permission denied|no such file)/);
    expect(said).toMatch(/environ .*permission denied/);
  });

  test('cannot signal the sandbox, and leaves no process behind', () => {
    const body = `t.Log("kill", syscall.Kill(${process.pid}, 0))
    c := exec.Command("/bin/sh", "-c", "setsid sleep 4242 >/dev/null 2>&1 & setsid sleep 4242")
    t.Log("start", c.Start())`;
    const said = runTest(body, ['syscall', 'os/exec']);
    expect(said).toContain('kill operation not permitted');
    expect(said).toContain('start <nil>');
    const left = readdirSync('/proc').filter((name) => {
      try {
        return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8') === 'sleep\x004242\0';
      } catch {
        return false;
      }
    });
    expect(left).toEqual([]);
  });

  test('leaves the volume by no other way: links, /proc, namespaces of its own, devices', () => {
    const secret = join(stage.outside, 'secret.txt');
    writeFileSync(secret, 's3cret');
    const body = `t.Log("hard", os.Link("${secret}", "${stage.volume}/app/hard"))
    os.Symlink("${secret}", "${stage.volume}/app/soft")
    for _, name := range []string{"${stage.volume}/app/soft", "/proc/self/root${secret}", "/proc/${process.pid}/root${secret}"} {
      found, err := os.ReadFile(name)
      t.Log("read", string(found), err)
    }
    c := exec.Command("/bin/sh", "-c", "mount -t tmpfs none /mnt; cat ${secret}")
    c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
      UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}}
    said, err := c.CombinedOutput()
    t.Log("namespaces", string(said), err)
    t.Log("trace", syscall.PtraceAttach(${process.pid}))
    t.Log("device", syscall.Mknod("${stage.volume}/app/device", syscall.S_IFBLK|0o600, 0x800))`;
    const said = runTest(body, ['os', 'os/exec', 'syscall']);
    expect(said).toMatch(/hard .*(?:permission denied|invalid cross-device link|operation not permitted)/);
    expect(said.match(/read .*permission denied/g)).toHaveLength(3);
    expect(said).toMatch(/namespaces .*(?:permission denied|operation not permitted)/);
    expect(said).toContain('trace operation not permitted');
    expect(said).toMatch(/device (?:permission denied|operation not permitted)/);
    expect(said).not.toContain('s3cret');
    rmSync(secret);
  });
});
