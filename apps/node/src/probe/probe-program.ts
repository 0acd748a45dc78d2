/** What the probe program exits with: nothing else that can go wrong ends so. */
export const probeExitCode = 42;

const headerBytes = 64 + 56;
const loadAddress = 0x400000n;

interface Machine {
  /** `e_machine` of ELF. */
  readonly elf: number;
  /** `exit(42)`. */
  readonly code: readonly number[];
}

const machines: Readonly<Record<string, Machine>> = {
  // mov edi, 42; mov eax, 60; syscall
  x64: { elf: 62, code: [0xbf, 42, 0, 0, 0, 0xb8, 60, 0, 0, 0, 0x0f, 0x05] },
  // mov x0, #42; mov x8, #93; svc #0
  arm64: { elf: 183, code: [0x40, 0x05, 0x80, 0xd2, 0xa8, 0x0b, 0x80, 0xd2, 0x01, 0, 0, 0xd4] },
};

/**
 * The smallest Linux program: it needs no library and exits with `probeExitCode`. `undefined` for other processors.
 * @param arch - as `process.arch` has it
 * @see elf(5)
 */
export function renderProbeProgram(arch: string): Buffer | undefined {
  const machine = machines[arch];
  if (!machine) return undefined;
  const sizeBytes = headerBytes + machine.code.length;
  const file = Buffer.alloc(sizeBytes);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(machine.elf, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(loadAddress + BigInt(headerBytes), 24);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  // One segment: the whole file, to be read and executed.
  file.writeUInt32LE(1, 64);
  file.writeUInt32LE(5, 68);
  file.writeBigUInt64LE(loadAddress, 80);
  file.writeBigUInt64LE(loadAddress, 88);
  file.writeBigUInt64LE(BigInt(sizeBytes), 96);
  file.writeBigUInt64LE(BigInt(sizeBytes), 104);
  file.writeBigUInt64LE(0x10000n, 112);
  file.set(machine.code, headerBytes);
  return file;
}
