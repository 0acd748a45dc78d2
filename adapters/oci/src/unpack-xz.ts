import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pipeline, Readable } from 'node:stream';
import { GofleetError } from '@gofleet/base/errors';
import type { Bytes } from './byte-cursor.ts';

type Library = typeof import('xz-decompress');

/** Which checks the library knows, by their identifiers: none, CRC32, CRC64. @see The .xz File Format, section 2.1.1.2 */
const libraryChecks = new Set([0, 1, 4]);
const checkAt = 7;

function damaged(cause: unknown): GofleetError {
  const message = 'xz: damaged, cut off, or made with filters other than LZMA2';
  return new GofleetError('oci.broken-archive', message, { cause });
}

async function* byLibrary(input: Readable): AsyncGenerator<Uint8Array> {
  // A CommonJS module whose exports Node cannot tell by name.
  const { default: library } = (await import('xz-decompress')) as unknown as { default: Library };
  const web = Readable.toWeb(input) as ReadableStream<Uint8Array>;
  try {
    yield* new library.XzReadableStream(web) as unknown as Bytes;
  } catch (cause) {
    // The library's errors are texts of its own.
    throw String(cause).includes('get_next_output') ? damaged(cause) : cause;
  }
}

function notStarted(cause: unknown): GofleetError {
  return new GofleetError('oci.missing-program', 'xz with SHA-256, as rpm makes it, needs the program "xz"', {
    hint: 'install the package xz-utils (Debian, Ubuntu) or xz (Fedora, Alpine)',
    cause,
  });
}

async function* byProgram(input: Readable): AsyncGenerator<Uint8Array> {
  const child = spawn('xz', ['--decompress', '--stdout', '--quiet', '--memlimit-decompress=80MiB'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = once(child, 'close').then(
    ([code]) => (code === 0 ? undefined : damaged(`xz ended with ${code}`)),
    notStarted,
  );
  // How it ended says more than that it stopped to listen.
  pipeline(input, child.stdin, () => undefined);
  try {
    yield* child.stdout;
    const error = await ended;
    if (error) throw error;
  } finally {
    child.kill();
  }
}

/**
 * The bytes without their compression: by the library, or by the program `xz` where the library does not know the check.
 * @param head - the first 8 bytes
 */
export function unpackXz(input: Readable, head: Uint8Array): Bytes {
  return libraryChecks.has(head[checkAt] ?? 0) ? byLibrary(input) : byProgram(input);
}
