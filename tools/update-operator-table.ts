import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareGoVersions, type GoVersion, parseGoVersion } from '@gofleet/base/go-version';

const target = new URL('../packages/inject/src/operators/operator-table.ts', import.meta.url);
const dir = mkdtempSync(join(tmpdir(), 'gofleet-operators-'));
const modules = {
  controllerRuntime: 'sigs.k8s.io/controller-runtime',
  clientGo: 'k8s.io/client-go',
  operatorSdk: 'github.com/operator-framework/operator-sdk',
} as const;

interface GoMod {
  readonly Go?: string;
  readonly Require?: readonly { readonly Path: string; readonly Version: string }[];
}

function go(...args: readonly string[]): string {
  const env = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod', GOWORK: 'off' };
  return execFileSync('go', args, { cwd: dir, env, encoding: 'utf8', maxBuffer: 16 << 20 });
}

/** The oldest and the newest release of each minor from the given one on. */
function releasesOf(path: string, fromMinor: number): string[][] {
  const [, ...versions] = go('list', '-m', '-versions', path).trim().split(' ');
  const released = versions.filter((version) => /^v0\.\d+\.\d+$/.test(version));
  const byMinor = Map.groupBy(released, (version) => Number(version.split('.')[1]));
  return [...byMinor].filter(([minor]) => minor >= fromMinor).map(([, all]) => all);
}

function goModOf(path: string, version: string): GoMod {
  const { GoMod: file } = JSON.parse(go('list', '-m', '-json', `${path}@${version}`)) as { GoMod: string };
  return JSON.parse(go('mod', 'edit', '-json', file)) as GoMod;
}

const versionIn = ({ Require = [] }: GoMod, module: string): string | undefined =>
  Require.find(({ Path }) => Path === module)?.Version;

/** A patch release may ask for a newer Go than the one before, or for an older one again. */
function rowOf(path: string, versions: readonly string[]): Record<string, string> {
  const read = [versions[0] ?? '', versions.at(-1) ?? ''].map((version) => goModOf(path, version));
  const lines = read.map(({ Go = '' }) => Go).sort((a, b) => compareGoVersions(versionOf(a), versionOf(b)));
  const clientGo = read[0] && versionIn(read[0], modules.clientGo);
  return {
    minor: (versions[0] ?? '').replace(/\.\d+$/, ''),
    ...{ go: lines[0] ?? '', newestGo: lines[1] ?? '' },
    ...(clientGo === undefined || path === modules.clientGo
      ? {}
      : { clientGo: clientGo.replace(/\.\d+$/, '') }),
  };
}

function versionOf(text: string): GoVersion {
  const version = parseGoVersion(text);
  if (!version) throw new Error(`${text} is no Go version`);
  return version;
}

/** Its list of versions is not answered everywhere; each minor has a release .0. Those that are not answered are left out. */
function sdkRows(): Record<string, string>[] {
  const minors = Array.from({ length: 27 }, (_, at) => 16 + at);
  return minors.flatMap((minor) => {
    try {
      const read = goModOf(modules.operatorSdk, `v1.${minor}.0`);
      const controllerRuntime = versionIn(read, modules.controllerRuntime)?.replace(/\.\d+$/, '') ?? '';
      return [{ minor: `v1.${minor}`, go: read.Go ?? '', controllerRuntime }];
    } catch {
      return [];
    }
  });
}

/** The newest minor of Go that has been released. */
function newestGoMinor(): number {
  const [, ...versions] = go('list', '-m', '-versions', 'go').trim().split(' ');
  return Math.max(...versions.map(parseGoVersion).map((each) => (each && !each.pre ? each.minor : 0)));
}

function renderRows(rows: readonly Record<string, string>[]): string {
  const lines = rows.map((row) => {
    const fields = Object.entries(row).map(([name, value]) => `${name}: '${value}'`);
    return `    { ${fields.join(', ')} },`;
  });
  return `[\n${lines.join('\n')}\n  ]`;
}

try {
  writeFileSync(join(dir, 'go.mod'), 'module example.com/none\n\ngo 1.21\n');
  const rows = (path: string, fromMinor: number): Record<string, string>[] =>
    releasesOf(path, fromMinor).map((versions) => rowOf(path, versions));
  const text = `import type { OperatorTable } from './operator-release.ts';

/**
 * What operators are built on, by minor: the lower and the higher of the \`go\` lines of its oldest and newest release, and what the oldest
 * requires. Written by \`node tools/update-operator-table.ts\` from the go.mod files of the released modules, as the module proxy has them.
 */
export const operatorTable: OperatorTable = {
  newestGoMinor: ${newestGoMinor()},
  controllerRuntime: ${renderRows(rows(modules.controllerRuntime, 10))},
  clientGo: ${renderRows(rows(modules.clientGo, 20))},
  operatorSdk: ${renderRows(sdkRows())},
};
`;
  writeFileSync(target, text);
  execFileSync('npx', ['biome', 'check', '--write', target.pathname], { stdio: 'inherit' });
  process.stdout.write(`${target.pathname} is current\n`);
} finally {
  rmSync(dir, { recursive: true });
}
