import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Entry {
  readonly license?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const processors = ['arm64', 'x64', 'arm', 'ppc64', 'riscv64', 's390x', 'ia32'];

/** What npm would have noted of a package for another platform, had the registry shown it. */
function entryOf(name: string, version: string, parent: Entry): Record<string, unknown> {
  const words = name.split(/[-/]/);
  const libc = name.includes('musl') ? ['musl'] : name.includes('gnu') ? ['glibc'] : undefined;
  return {
    version,
    cpu: processors.filter((each) => words.includes(each)).slice(0, 1),
    ...(parent.dev ? { dev: true } : {}),
    ...(libc ? { libc } : {}),
    license: parent.license ?? 'MIT',
    optional: true,
    os: systems.filter((each) => words.includes(each)),
  };
}

/**
 * Adds the optional packages of other platforms to `package-lock.json` where npm left them out: a registry that serves this machine's
 * platform alone makes `npm install` write a lockfile that `npm ci` then refuses. To be run after `npm install` on such a machine.
 */
function main(): void {
  const path = join(dirname(fileURLToPath(import.meta.url)), '..', 'package-lock.json');
  const lock = JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, Entry> };
  const { packages } = lock;
  for (const parent of Object.values({ ...packages })) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      packages[`node_modules/${name}`] ??= entryOf(name, version, parent) as Entry;
    }
  }
  lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
}

main();
