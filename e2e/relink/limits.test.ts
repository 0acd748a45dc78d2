import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GofleetError } from '@gofleet/base/errors';
import type { BuildLimits } from '@gofleet/build/build-limits';
import { type RelinkChoices, relinkOriginalFromFacts } from '@gofleet/build/relink';
import { executableFiles, hashFile, inspectFile } from '@gofleet/filesystem/inspect-file';
import { type ProofRequest, proveOriginal } from '@gofleet/process/relink';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGoBench, type GoBench } from './go-binaries.ts';

const dir = mkdtempSync(join(tmpdir(), 'gofleet-limits-e2e-'));
const source = {
  'go.mod': 'module example.com/limited\n\ngo 1.21\n',
  'main.go': 'package main\n\nfunc main() { println("limited") }\n',
};

let bench: GoBench;
let program: string;
let work: string;
let count = 0;
beforeAll(async () => {
  bench = await createGoBench();
  work = join(dir, 'work');
  program = await bench.build(source, bench.local.goVersion);
});
afterAll(() => {
  bench?.remove();
  rmSync(dir, { recursive: true, force: true });
});

/** The source with other files: not the right one, and what a build makes of it is of no interest. */
function sourceWith(files: Readonly<Record<string, string>>): RelinkChoices {
  const path = join(dir, `source-${count++}`);
  mkdirSync(path);
  for (const [name, text] of Object.entries({ ...source, ...files })) writeFileSync(join(path, name), text);
  return { given: { kind: 'directory', path } };
}

async function failure(
  file: string,
  choices: RelinkChoices,
  limits: Partial<BuildLimits>,
  more: Partial<ProofRequest> = {},
): Promise<GofleetError> {
  const { local } = bench;
  const attempt = proveOriginal({
    original: relinkOriginalFromFacts(await inspectFile(file), await hashFile(file)),
    ...{ file, files: executableFiles, go: local.path, env: local.moduleEnv, limits },
    dirs: { modCache: local.modCache, buildCache: local.buildCache, work },
    ...choices,
    ...more,
  });
  const error = await attempt.then(
    () => expect.unreachable('it should have failed'),
    (thrown: GofleetError) => thrown,
  );
  expect(readdirSync(work)).toEqual([]);
  return error;
}

/** Data of 128 MiB, which the compiler and the linker hold and write. */
const large = { 'large.go': 'package main\n\nvar Large = [1 << 27]byte{1<<27 - 1: 1}\n' };

test('a build that writes more than it may: its name, the limit, and nothing stays behind', async () => {
  const error = await failure(program, sourceWith(large), { diskBytes: 64 << 20 });
  expect(error).toMatchObject({ code: 'build.over-disk', hint: expect.stringContaining('--limit-disk') });
  expect(error.message).toContain('example.com/limited');
  expect(error.message).toContain('64.0 MiB');
});

test('a build that needs more memory than it may', async () => {
  const error = await failure(program, sourceWith(large), { memoryBytes: 64 << 20, cpus: 1 });
  expect(error).toMatchObject({ code: 'build.over-memory', hint: expect.stringContaining('--limit-memory') });
});

test('a build that hangs ends at its time limit', async () => {
  const c = (body: string): Readonly<Record<string, string>> => ({
    'c.go': `package main\n\n/*\n${body}\nstatic int one(void) { return 1; }\n*/\nimport "C"\n\nfunc init() { println(C.one()) }\n`,
  });
  const env = { CGO_ENABLED: '1' };
  const withC = await bench.build({ ...source, ...c('') }, bench.local.goVersion, { env });
  // 2 to the power of 44 expansions to nothing.
  const macros = Array.from({ length: 44 }, (_, index) => `#define A${index + 1} A${index} A${index}`);
  const endless = c(['#define A0', ...macros, 'A44'].join('\n'));
  const error = await failure(withC, { ...sourceWith(endless), cgo: true }, { timeMs: 4000 });
  expect(error).toMatchObject({
    ...{ code: 'build.timeout', retry: 'later', hint: expect.stringContaining('--limit-time') },
    message: expect.stringContaining('example.com/limited'),
  });
});

test('a module proxy that never answers, as well', async () => {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { ...bench.local.moduleEnv, GOPROXY: url };
  const choices: RelinkChoices = { given: { kind: 'module', path: 'example.com/limited', query: 'v1.0.0' } };
  expect(await failure(program, choices, { timeMs: 1500 }, { env })).toMatchObject({ code: 'build.timeout' });
  server.closeAllConnections();
  server.close();
});

test('an archive that is not of the binary: of another module, and of another state of the same one', async () => {
  const [other, changed] = [join(dir, 'other.zip'), join(dir, 'changed.zip')];
  const pack = (zip: string, files: Readonly<Record<string, string>>): void => {
    const { given } = sourceWith(files);
    const from = given?.kind === 'directory' ? given.path : '';
    const staging = mkdtempSync(join(dir, 'zip-'));
    cpSync(from, join(staging, 'top'), { recursive: true });
    const git = (...argv: string[]): unknown => execFileSync('git', argv, { cwd: staging, stdio: 'pipe' });
    git('init', '-q');
    git('add', '.');
    const tree = String(git('write-tree')).trim();
    git('archive', '--format=zip', '-o', zip, tree);
  };
  pack(other, { 'go.mod': 'module example.com/another\n\ngo 1.21\n' });
  pack(changed, { 'main.go': 'package main\n\nfunc main() { println("other") }\n' });
  expect(await failure(program, { given: { kind: 'archive', path: other } }, {})).toMatchObject({
    code: 'build.no-provenance',
    message: expect.stringContaining('it holds no go.mod of example.com/limited'),
  });
  const { local } = bench;
  const { grade, differences } = await proveOriginal({
    original: relinkOriginalFromFacts(await inspectFile(program), await hashFile(program)),
    ...{ file: program, files: executableFiles, go: local.path, env: local.moduleEnv },
    dirs: { modCache: local.modCache, buildCache: local.buildCache, work },
    given: { kind: 'archive', path: changed },
  });
  expect(grade).toBe('claimed');
  expect(differences[0]).toMatchObject({ cause: 'source' });
});
