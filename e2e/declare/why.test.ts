import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BaseGo, findBases } from './real-choice.ts';

const cli = fileURLToPath(new URL('../../apps/cli/src/bin.ts', import.meta.url));

let root: string;
let base: BaseGo;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'gofleet-why-'));
  [base] = (await findBases(['go1.26.8'])) as [BaseGo];
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function why(
  argv: readonly string[],
  { cwd = root, env = {} }: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Answer {
  const whole = {
    PATH: join(base.goRoot, 'bin'),
    HOME: join(root, 'home'),
    PWD: cwd,
    GOTOOLCHAIN: 'auto',
    ...env,
  };
  return spawnSync(process.execPath, [cli, 'why', ...argv], { cwd, env: whole, encoding: 'utf8' });
}

test('the line that decides, for eyes and as JSON', () => {
  write({ 'shop/go.mod': 'module shop\n\ngo 1.25\n\ntoolchain go1.30.2 // new\n', 'shop/pay/x.go': '' });
  const text = why(['shop/pay']);
  expect(text).toMatchObject({ status: 0, stderr: '' });
  expect(text.stdout).toMatch(/^go1\.30\.2\n.*go\.mod:5:11: toolchain go1\.30\.2 \/\/ new\n/);
  const json = why(['--json', 'shop/pay']);
  expect(JSON.parse(json.stdout)).toMatchObject({
    directory: join(root, 'shop/pay'),
    wish: { kind: 'release', release: 'go1.30.2' },
    winner: {
      source: 'go.mod',
      what: 'toolchain line',
      place: { file: join(root, 'shop/go.mod'), line: 5, column: 11, text: 'toolchain go1.30.2 // new' },
      verdict: 'wins',
    },
    findings: [],
  });
});

test('GOTOOLCHAIN=local: the Go in PATH, behind a shim, and nothing is run', () => {
  write({ 'shims/go': `#!/bin/sh\ntouch ${root}/was-run\n`, 'old/go.mod': 'module old\ngo 1.22\n' });
  spawnSync('chmod', ['+x', join(root, 'shims/go')]);
  const { status, stdout } = why(['old'], {
    env: { PATH: `${root}/shims:${base.goRoot}/bin`, GOTOOLCHAIN: 'local' },
  });
  expect(status).toBe(0);
  expect(stdout).toMatch(new RegExp(`^go1\\.26\\.8\\n  ${base.goRoot}/VERSION:1:1: go1\\.26\\.8\\n`));
  expect(spawnSync('ls', [join(root, 'was-run')]).status).not.toBe(0);
});

test('disagreements are findings, and exit code 1', () => {
  write({
    'pins/go.mod': 'module pins\ngo 1.26.1\n',
    'pins/.go-version': '1.25.3\r\n',
    'pins/Dockerfile': 'FROM golang:1.24\n',
  });
  const { status, stdout } = why(['pins', '--json']);
  expect(status).toBe(1);
  expect(JSON.parse(stdout).findings).toMatchObject([
    {
      code: 'declare.older-than-go-line',
      facts: { file: join(root, 'pins/.go-version'), line: 1, column: 1 },
    },
    {
      code: 'declare.older-than-go-line',
      facts: { file: join(root, 'pins/Dockerfile'), line: 1, column: 6 },
    },
  ]);
});

test('malformed files name line and column; Go refuses', () => {
  write({ 'bad/go.mod': 'module bad\ngo 1.22\ntoolchain bash\n' });
  const { status, stdout } = why(['bad']);
  expect(status).toBe(1);
  expect(stdout).toContain('error go.mod:3:11: the go command refuses to run: invalid toolchain "bash"');
  expect(stdout).toContain("error go.mod:3:1: invalid toolchain version 'bash'");
});

test('the way through a link counts, as PWD tells it', () => {
  write({ 'real/x.go': '', 'way/go.mod': 'module way\ngo 1.30.1\n' });
  symlinkSync('../real', join(root, 'way/link'));
  expect(why([], { cwd: join(root, 'way/link') }).stdout).toMatch(/^go1\.30\.1\n/);
  expect(why([], { cwd: join(root, 'way/link'), env: { PWD: '/' } }).stdout).toMatch(/^go1\.26\.8\n/);
});

test('a directory that is not there', () => {
  const { status, stderr } = why(['nowhere']);
  expect(status).toBe(3);
  expect(stderr).toContain(`${join(root, 'nowhere')}: no such directory (cli.no-directory)`);
});

test('a directory that vanishes under the command', () => {
  mkdirSync(join(root, 'vanishing'));
  const script = `cd ${root}/vanishing && rmdir ${root}/vanishing && exec ${process.execPath} ${cli} why`;
  const { status, stderr } = spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8' });
  expect(status).toBe(3);
  expect(stderr).toContain('cli.no-directory');
});

test('a whole tree', () => {
  write({
    'tree/go.work': 'go 1.26.1\nuse (\n\t./a\n\t./b\n)\n',
    'tree/a/go.mod': 'module a\ngo 1.25\n',
    'tree/b/go.mod': 'module b\ngo 1.27.1\n',
    'tree/.github/workflows/ci.yml':
      'jobs: { a: { steps: [ { uses: actions/setup-go@v6, with: { go-version: 1.20 } } ] } }\n',
  });
  const { status, stdout } = why(['--all', 'tree', '--json']);
  expect(status).toBe(1);
  const answer = JSON.parse(stdout);
  expect(answer.resolutions).toHaveLength(3);
  expect(answer.findings.map(({ code }: { code: string }) => code)).toEqual([
    'declare.workspace-too-old',
    'declare.unquoted-version',
    'declare.older-than-go-line',
  ]);
  expect(why(['--all', 'tree']).stdout).toContain('3 × go1.26.8  by local Go first go in PATH');
  expect(why(['--all', 'home-of-nothing'])).toMatchObject({ status: 3 });
});
