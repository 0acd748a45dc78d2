import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseGoVersion } from '@gofleet/base/go-version';

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

/** The newest release of each minor from the given one on. */
function newestOfMinors(path: string, from: readonly [major: number, minor: number]): string[] {
  const [, ...versions] = go('list', '-m', '-versions', path).trim().split(' ');
  const newest = new Map<string, string>();
  for (const version of versions) {
    const match = /^v(\d+)\.(\d+)\.\d+$/.exec(version);
    if (!match || Number(match[1]) !== from[0] || Number(match[2]) < from[1]) continue;
    newest.set(`${match[1]}.${match[2]}`, version);
  }
  return [...newest.values()];
}

function goModOf(path: string, version: string): GoMod {
  const { GoMod: file } = JSON.parse(go('list', '-m', '-json', `${path}@${version}`)) as { GoMod: string };
  return JSON.parse(go('mod', 'edit', '-json', file)) as GoMod;
}

function rowOf(path: string, version: string): Record<string, string> {
  const { Go = '', Require = [] } = goModOf(path, version);
  const versionOf = (module: string) => Require.find(({ Path }) => Path === module)?.Version;
  const controllerRuntime = versionOf(modules.controllerRuntime);
  const clientGo = versionOf(modules.clientGo);
  return {
    ...{ version, go: Go },
    ...(controllerRuntime === undefined ? {} : { controllerRuntime }),
    ...(clientGo === undefined || path === modules.clientGo ? {} : { clientGo }),
  };
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
  const rows = (path: string, from: readonly [number, number]): Record<string, string>[] =>
    newestOfMinors(path, from).map((version) => rowOf(path, version));
  const text = `import type { OperatorTable } from './operator-release.ts';

/**
 * What operators are built on, the newest release of each minor: its \`go\` line, and what it requires. Written by
 * \`node tools/update-operator-table.ts\` from the go.mod files of the released modules, as the module proxy has them.
 */
export const operatorTable: OperatorTable = {
  newestGoMinor: ${newestGoMinor()},
  controllerRuntime: ${renderRows(rows(modules.controllerRuntime, [0, 10]))},
  clientGo: ${renderRows(rows(modules.clientGo, [0, 20]))},
  operatorSdk: ${renderRows(rows(modules.operatorSdk, [1, 16]))},
};
`;
  writeFileSync(target, text);
  process.stdout.write(`${target.pathname} is current\n`);
} finally {
  rmSync(dir, { recursive: true });
}
