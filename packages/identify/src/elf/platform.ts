import type { ElfHeader } from './layout.ts';

const byMachine: Readonly<Record<number, (header: ElfHeader) => string>> = {
  3: () => '386',
  8: ({ bits, littleEndian }) => `mips${bits === 64 ? '64' : ''}${littleEndian ? 'le' : ''}`,
  21: ({ littleEndian }) => `ppc64${littleEndian ? 'le' : ''}`,
  22: () => 's390x',
  40: () => 'arm',
  62: () => 'amd64',
  183: () => 'arm64',
  243: () => 'riscv64',
  258: () => 'loong64',
};

/** The architecture as GOARCH writes it, `elf-machine-<n>` for one that Go does not know. */
export function archOf(header: ElfHeader): string {
  return byMachine[header.machine]?.(header) ?? `elf-machine-${header.machine}`;
}

const byOsAbi: Readonly<Record<number, string>> = {
  2: 'netbsd',
  3: 'linux',
  6: 'solaris',
  9: 'freebsd',
  12: 'openbsd',
};

/** The operating system as GOOS writes it, when the header names one; linkers for Linux leave it at 0. */
export function osOf(header: ElfHeader): string | undefined {
  return byOsAbi[header.osAbi];
}
