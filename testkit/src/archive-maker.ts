import { crc32, deflateRawSync } from 'node:zlib';
import { pack } from 'tar-stream';

/** Files of an archive by name. */
export type ArchiveFiles = Readonly<Record<string, Uint8Array | string>>;

/** A tar. */
export async function makeTar(files: ArchiveFiles): Promise<Buffer> {
  const tar = pack();
  for (const [name, bytes] of Object.entries(files)) tar.entry({ name }, Buffer.from(bytes));
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

/** What a zip's two headers of a file have in common, from the flags on. */
function zipFields(bytes: Buffer, packed: Buffer, name: Buffer): Buffer {
  const fields = Buffer.alloc(24);
  fields.writeUInt16LE(8, 2);
  fields.writeUInt32LE(crc32(bytes), 8);
  fields.writeUInt32LE(packed.length, 12);
  fields.writeUInt32LE(bytes.length, 16);
  fields.writeUInt16LE(name.length, 20);
  return fields;
}

/** A zip, every file deflated. */
export function makeZip(files: ArchiveFiles): Buffer {
  const [parts, directory]: [Buffer[], Buffer[]] = [[], []];
  let at = 0;
  for (const [path, content] of Object.entries(files)) {
    const [bytes, name] = [Buffer.from(content), Buffer.from(path)];
    const packed = deflateRawSync(bytes);
    const fields = zipFields(bytes, packed, name);
    const local = Buffer.concat([Buffer.from('504b03041400', 'hex'), fields, name, packed]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from('504b010214001400', 'hex'), fields, place, name]));
    parts.push(local);
    at += local.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('504b0506', 'hex');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, entries, end]);
}

/** A cpio of the new format. */
export function makeCpio(files: ArchiveFiles): Buffer {
  const align = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
  const entry = (name: string, bytes: Buffer): Buffer => {
    const numbers = [1, 0o100755, 0, 0, 1, 0, bytes.length, 0, 0, 0, 0, name.length + 1, 0];
    const header = `070701${numbers.map((value) => value.toString(16).padStart(8, '0')).join('')}`;
    return Buffer.concat([align(Buffer.from(`${header}${name}\0`)), align(bytes)]);
  };
  const entries = Object.entries(files).map(([name, bytes]) => entry(name, Buffer.from(bytes)));
  return Buffer.concat([...entries, entry('TRAILER!!!', Buffer.alloc(0))]);
}

/** An rpm around a payload: a lead, and two headers with nothing but bytes in them. */
export function makeRpm(payload: Uint8Array): Buffer {
  const header = (dataBytes: number): Buffer => {
    const bytes = Buffer.alloc(16 + 16 + dataBytes);
    bytes.write('8eade80100000000', 'hex');
    bytes.writeUInt32BE(1, 8);
    bytes.writeUInt32BE(dataBytes, 12);
    return bytes;
  };
  const lead = Buffer.alloc(96);
  lead.write('edabeedb', 'hex');
  // 16 + 16 + 11 is padded to 48.
  return Buffer.concat([lead, header(11), Buffer.alloc(5), header(21), payload]);
}

/** An ar archive with these members; a Debian package when they are a package's. */
export function makeAr(members: Readonly<Record<string, Uint8Array>>): Buffer {
  const parts = Object.entries(members).map(([name, bytes]) => {
    const owner = `${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}`;
    const header = `${name.padEnd(16)}${owner}${String(bytes.length).padEnd(10)}\x60\n`;
    return Buffer.concat([Buffer.from(header), bytes, Buffer.alloc(bytes.length % 2)]);
  });
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts]);
}

/** A Debian package whose files are in the given member. */
export function makeDeb(data: Readonly<Record<string, Uint8Array>>): Buffer {
  return makeAr({ 'debian-binary': Buffer.from('2.0\n'), 'control.tar.gz': Buffer.alloc(33), ...data });
}
