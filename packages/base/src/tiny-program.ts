const headerBytes = 64 + 56;
const loadAddress = 0x400000n;

/** Machine code of one processor. */
export interface MachineCode {
  /** `e_machine` of ELF: 62 is x86-64, 183 is AArch64. */
  readonly machine: number;
  readonly code: Uint8Array;
}

/**
 * A static Linux program of nothing but this code, which the kernel starts at its first byte with the arguments on the stack: no
 * library, no interpreter.
 * @see elf(5)
 */
export function renderTinyProgram({ machine, code }: MachineCode): Buffer {
  const sizeBytes = headerBytes + code.length;
  const file = Buffer.alloc(sizeBytes);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(machine, 18);
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
  file.set(code, headerBytes);
  return file;
}
