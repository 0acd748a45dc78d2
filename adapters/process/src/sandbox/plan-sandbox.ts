import { dirname, join } from 'node:path';

/** A directory of this machine that a sandbox shows, at the same path or another one. */
export interface SandboxBind {
  readonly source: string;
  readonly target: string;
  readonly writable?: boolean;
}

/** What lies at a path of this machine. */
export type HostEntry = {
  readonly name: string;
  readonly kind: 'directory' | 'file' | 'link';
  readonly to?: string;
};

/** How this machine's own directories are looked at. */
export interface HostFiles {
  /** What a directory holds; empty when it is none. */
  list(path: string): readonly HostEntry[];
}

/** One step of making a sandbox's root; paths are those inside. */
export type SandboxStep =
  | { readonly kind: 'directory'; readonly target: string }
  | { readonly kind: 'link'; readonly target: string; readonly to: string }
  | { readonly kind: 'bind'; readonly source: string; readonly target: string; readonly writable: boolean };

/** Programs and their libraries; nothing else of this machine is seen. */
const system = new Set(['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32', 'usr', 'etc']);

const isBelow = (path: string, parent: string): boolean => path.startsWith(`${parent}/`);

/** An entry of the machine, and where it is shown. */
interface Shown {
  readonly entry: Pick<HostEntry, 'kind' | 'to'>;
  readonly source: string;
  readonly target: string;
}

/** One entry of the machine: as it is, or its children one by one where a bind needs a place that is not there. */
function showEntry({ entry, source, target }: Shown, context: Context): SandboxStep[] {
  const { host, missing } = context;
  if (entry.kind === 'link') return [{ kind: 'link', target, to: entry.to ?? '' }];
  const opened = entry.kind === 'directory' && missing.some((path) => isBelow(path, target));
  if (!opened) return [{ kind: 'bind', source, target, writable: false }];
  const children = host
    .list(source)
    .map((child) => ({
      entry: child,
      source: join(source, child.name),
      target: join(target, child.name),
    }))
    .flatMap((child) => showEntry(child, context));
  return [{ kind: 'directory', target }, ...children];
}

interface Context {
  readonly host: HostFiles;
  /** Targets of binds for which there is no directory. */
  readonly missing: readonly string[];
}

function isDirectory(path: string, host: HostFiles): boolean {
  return host
    .list(dirname(path))
    .some(({ name, kind }) => kind === 'directory' && join(dirname(path), name) === path);
}

/** A bind; one that is read-only, and has no directory for another one that lies in it, is opened for that. */
function showBind({ source, target, writable = false }: SandboxBind, context: Context): SandboxStep[] {
  const { host, missing } = context;
  const inside = missing.filter(
    (path) => isBelow(path, target) && !isDirectory(join(source, path.slice(target.length)), host),
  );
  const [place, ...opened] = writable
    ? []
    : showEntry({ entry: { kind: 'directory' }, source, target }, { host, missing: inside });
  if (place?.kind === 'directory') return [place, ...opened];
  return [
    { kind: 'directory', target },
    { kind: 'bind', source, target, writable },
  ];
}

/**
 * The steps that make the root of a sandbox: the system's programs and libraries read-only, and the binds, outer ones first. A
 * target need not be there on this machine, nor in what is bound around it.
 */
export function planSandbox(binds: readonly SandboxBind[], host: HostFiles): SandboxStep[] {
  const targets = binds.map(({ target }) => target);
  const missing = targets.filter((target) => !isDirectory(target, host));
  const shown = host
    .list('/')
    .filter(({ name }) => system.has(name))
    .map((entry) => ({ entry, source: `/${entry.name}`, target: `/${entry.name}` }))
    .flatMap((entry) => showEntry(entry, { host, missing }));
  const sorted = [...binds].sort((a, b) => a.target.length - b.target.length);
  return [...shown, ...sorted.flatMap((bind) => showBind(bind, { host, missing: targets }))];
}
