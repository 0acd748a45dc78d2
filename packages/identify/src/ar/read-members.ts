import type { FileBytes } from '../file-bytes.ts';

/** A file in an ar archive. */
export interface ArMember {
  readonly name: string;
  /** Where its bytes begin in the archive. */
  readonly offset: number;
}

const magic = '!<arch>\n';
const headerSize = 60;
const headerEnd = '`\n';
/** More than any compiler writes; what a hostile archive may make us read. */
const maxMembers = 1024;
const maxNameBytes = 256;
const latin1 = new TextDecoder('latin1');

/** Whether a file begins as an ar archive does: a static library, or a Debian package. */
export function isArArchive(ident: Uint8Array): boolean {
  return latin1.decode(ident.subarray(0, magic.length)) === magic;
}

/** A header's member and where the next header lies; BSD writes long names in front of the bytes. `undefined` for none. */
function parseMember(header: string, at: number): (ArMember & { readonly next: number }) | undefined {
  const size = /^[0-9]+ *$/.exec(header.slice(48, 58))?.[0];
  if (size === undefined || header.slice(58, headerSize) !== headerEnd) return undefined;
  const next = at + headerSize + Number(size) + (Number(size) % 2);
  const name = header.slice(0, 16).trimEnd();
  const long = Number(/^#1\/([0-9]+)$/.exec(name)?.[1] ?? 0);
  const start = at + headerSize;
  if (long === 0) return { name: name.replace(/\/$/, ''), offset: start, next };
  const text = header.slice(headerSize, headerSize + long).replace(/\0.*$/s, '');
  return { name: text, offset: start + long, next };
}

/**
 * Hands each member of an ar archive to a reader, until one returns something.
 * @see Debian's ar(5); Go src/cmd/link/internal/ld/ar.go (go1.26)
 */
export function readMembers<T>(file: FileBytes, read: (member: ArMember) => T | undefined): T | undefined {
  let at = magic.length;
  for (let count = 0; count < maxMembers; count++) {
    const header = latin1.decode(file.read(at, headerSize + maxNameBytes));
    const member = parseMember(header, at);
    if (!member) return undefined;
    const found = read(member);
    if (found !== undefined) return found;
    at = member.next;
  }
  return undefined;
}
