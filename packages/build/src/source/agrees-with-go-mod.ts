import type { RelinkOriginal } from '../relink-original.ts';

const requirement = /^\s*(?:require\s+)?("?)([^\s"()]+)\1\s+(v\d[^\s"]*)\s*(?:\/\/.*)?$/;

/** The versions that a go.mod requires, by module path. */
function requirementsOf(goMod: string): Map<string, string> {
  const required = new Map<string, string>();
  let block = '';
  for (const line of goMod.split('\n')) {
    const opens = /^\s*(\w+)\s*\(/.exec(line);
    if (opens) block = opens[1] ?? '';
    else if (/^\s*\)/.test(line)) block = '';
    else if (block === 'require' || /^\s*require\s/.test(line)) {
      const match = requirement.exec(line);
      if (match) required.set(match[2] ?? '', match[3] ?? '');
    }
  }
  return required;
}

/**
 * Whether an original may have been built from the module that a go.mod is of: what it requires of the recorded dependencies is
 * what was recorded. A go.mod of Go 1.17 or newer names every module that the build uses.
 * @see https://go.dev/ref/mod#graph-pruning
 */
export function agreesWithGoMod({ deps }: RelinkOriginal, goMod: string): boolean {
  const required = requirementsOf(goMod);
  return deps.every(({ path, version }) => {
    const wanted = required.get(path);
    return wanted === undefined || wanted === version;
  });
}
