import { readdirSync, readFileSync } from 'node:fs';

/** What a process and all that it started use. */
export interface TreeUse {
  readonly processes: number;
  readonly memoryBytes: number;
  readonly cpuMs: number;
}

interface Stat {
  readonly id: number;
  readonly parent: number;
  readonly ticks: number;
  readonly pages: number;
}

/** The kernel's clock ticks and pages, as x86-64 and arm64 with 4 KiB pages have them. */
const msPerTick = 10;
const pageBytes = 4096;

/** @see proc_pid_stat(5); the name, in parentheses, may hold anything */
function parseStat(text: string): Stat {
  const id = Number.parseInt(text, 10);
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const at = (field: number): number => fields[field - 3] ?? 0;
  return { id, parent: at(4), ticks: at(14) + at(15) + at(16) + at(17), pages: at(24) };
}

function readStats(): Stat[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return [parseStat(readFileSync(`/proc/${name}/stat`, 'latin1'))];
    } catch {
      return [];
    }
  });
}

/** What a process and its descendants use now; time includes that of children that have ended. */
export function measureTree(root: number): TreeUse {
  const stats = readStats();
  const children = Map.groupBy(stats, ({ parent }) => parent);
  const tree = stats.filter(({ id }) => id === root);
  for (const each of tree) tree.push(...(children.get(each.id) ?? []));
  const sum = (of: (stat: Stat) => number): number => tree.reduce((total, each) => total + of(each), 0);
  return {
    processes: tree.length,
    memoryBytes: sum(({ pages }) => pages) * pageBytes,
    cpuMs: sum(({ ticks }) => ticks) * msPerTick,
  };
}
