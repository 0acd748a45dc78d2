import { type MachineCode, renderTinyProgram } from '@gofleet/base/tiny-program';

/** What the probe program exits with: nothing else that can go wrong ends so. */
export const probeExitCode = 42;

const machines: Readonly<Record<string, MachineCode>> = {
  // mov edi, 42; mov eax, 60; syscall
  x64: { machine: 62, code: Buffer.from('bf2a000000b83c0000000f05', 'hex') },
  // mov x0, #42; mov x8, #93; svc #0
  arm64: { machine: 183, code: Buffer.from('400580d2a80b80d2010000d4', 'hex') },
};

/**
 * The smallest Linux program: it needs no library and exits with `probeExitCode`. `undefined` for other processors.
 * @param arch - as `process.arch` has it
 */
export function renderProbeProgram(arch: string): Buffer | undefined {
  const machine = machines[arch];
  return machine && renderTinyProgram(machine);
}
