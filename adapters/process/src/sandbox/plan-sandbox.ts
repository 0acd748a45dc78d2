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

/** One entry of the machine: as it is, or its children one by one where a bind needs a place that is not there. */
function showEntry(path: string, entry: HostEntry, context: Context): SandboxStep[] {
  const { host, missing } = context;
  if (entry.kind === 'link') return [{ kind: 'link', target: path, to: entry.to ?? '' }];
  const opened = entry.kind === 'directory' && missing.some((target) => isBelow(target, path));
  if (!opened) return [{ kind: 'bind', source: path, target: path, writable: false }];
  const children = host.list(path).flatMap((child) => showEntry(join(path, child.name), child, context));
  return [{ kind: 'directory', target: path }, ...children];
}

interface Context {
  readonly host: HostFiles;
  /** Targets that are no directories of this machine. */
  readonly missing: readonly string[];
}

function isDirectory(path: string, host: HostFiles): boolean {
  return host
    .list(dirname(path))
    .some(({ name, kind }) => kind === 'directory' && join(dirname(path), name) === path);
}

/**
 * The steps that make the root of a sandbox: the system's programs and libraries read-only, and the binds, outer ones first. A
 * target need not be there on this machine.
 */
export function planSandbox(binds: readonly SandboxBind[], host: HostFiles): SandboxStep[] {
  const missing = binds.map(({ target }) => target).filter((target) => !isDirectory(target, host));
  const shown = host
    .list('/')
    .filter(({ name }) => system.has(name))
    .flatMap((entry) => showEntry(`/${entry.name}`, entry, { host, missing }));
  const sorted = [...binds].sort((a, b) => a.target.length - b.target.length);
  const bound = sorted.flatMap(({ source, target, writable = false }): SandboxStep[] => [
    { kind: 'directory', target },
    { kind: 'bind', source, target, writable },
  ]);
  return [...shown, ...bound];
}
