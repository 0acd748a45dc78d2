import { type MachineCode, renderTinyProgram } from '@gofleet/base/tiny-program';

/**
 * `copier FROM TO`: unlink(TO); FROM is opened to be read and TO to be written, mode 0555, which must not be there; sendfile until
 * nothing is left; fchmod(TO), whatever the umask; exit. Whatever fails ends it with its errno: 28 is a full disk.
 */
const machines: Readonly<Record<string, MachineCode>> = {
  amd64: {
    machine: 62,
    code: Buffer.from(
      [
        '488b7c2418 b857000000 0f05', // mov rdi, [rsp+24]; mov eax, unlink; syscall
        '488b7c2410 31f6 b802000000 0f05', // mov rdi, [rsp+16]; xor esi, esi; mov eax, open; syscall
        '4885c0 784c 4989c4', // test rax, rax; js end; mov r12, rax
        '488b7c2418 bec1000000 ba6d010000', // mov rdi, [rsp+24]; mov esi, O_WRONLY|O_CREAT|O_EXCL; mov edx, 0555
        'b802000000 0f05 4885c0 782e 4989c5', // mov eax, open; syscall; test rax, rax; js end; mov r13, rax
        '4c89ef 4c89e6 31d2 41ba00f0ff7f', // more: mov rdi, r13; mov rsi, r12; xor edx, edx; mov r10d, 0x7ffff000
        'b828000000 0f05 4885c0 7811 75e4', // mov eax, sendfile; syscall; test rax, rax; js end; jnz more
        '4c89ef be6d010000 b85b000000 0f05', // mov rdi, r13; mov esi, 0555; mov eax, fchmod; syscall
        'f7d8 89c7 b8e7000000 0f05', // end: neg eax; mov edi, eax; mov eax, exit_group; syscall
      ]
        .join('')
        .replaceAll(' ', ''),
      'hex',
    ),
  },
  arm64: {
    machine: 183,
    code: Buffer.from(
      Uint32Array.of(
        ...[0x92800c60, 0xf9400fe1, 0xd2800002, 0xd2800468, 0xd4000001], // unlinkat(AT_FDCWD, [sp, 24], 0)
        ...[0x92800c60, 0xf9400be1, 0xd2800002, 0xd2800708, 0xd4000001], // openat(AT_FDCWD, [sp, 16], 0)
        ...[0xb7f802c0, 0xaa0003f3], // tbnz x0, 63, end; mov x19, x0
        ...[0x92800c60, 0xf9400fe1, 0xd2801822, 0xd2802da3, 0xd2800708], // openat(AT_FDCWD, [sp, 24], flags, 0555)
        ...[0xd4000001, 0xb7f801c0, 0xaa0003f4], // svc 0; tbnz x0, 63, end; mov x20, x0
        ...[0xaa1403e0, 0xaa1303e1, 0xd2800002, 0xb2744be3, 0xd28008e8], // more: sendfile(x20, x19, 0, 0x7ffff000)
        ...[0xd4000001, 0xb7f800c0, 0xb5ffff20], // svc 0; tbnz x0, 63, end; cbnz x0, more
        ...[0xaa1403e0, 0xd2802da1, 0xd2800688, 0xd4000001], // fchmod(x20, 0555)
        ...[0xcb0003e0, 0xd2800bc8, 0xd4000001], // end: neg x0, x0; exit_group(x0)
      ).buffer,
    ),
  },
};

/**
 * The program that copies an artefact out of its image: a static one of some 240 bytes. `undefined` for other processors.
 * @param arch - as Go names it
 * @see linux sendfile(2), copying between files since 2.6.33
 */
export function renderCopier(arch: string): Buffer | undefined {
  const machine = machines[arch];
  return machine && renderTinyProgram(machine);
}
