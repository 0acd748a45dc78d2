import { crc32, deflateRawSync } from 'node:zlib';

/** How a zip is to be wrong; everything else is right. */
export interface ZipFaults {
  /** Unix mode of every entry; `0o120777` makes symbolic links. */
  readonly mode?: number;
  /** Say that every entry has this many bytes when unpacked. */
  readonly claimedBytes?: number;
}

function header(name: Buffer, content: Buffer, { data, claimed }: { data: Buffer; claimed: number }): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(0x800, 2);
  fields.writeUInt16LE(8, 4);
  fields.writeUInt32LE(crc32(content), 10);
  fields.writeUInt32LE(data.length, 14);
  fields.writeUInt32LE(claimed, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}

/** A zip of files, deflated, with names as they are given. @see APPNOTE.TXT of PKWARE, sections 4.3.7 to 4.3.16 */
export function makeZip(
  files: readonly (readonly [name: string, content: string])[],
  faults: ZipFaults = {},
): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [text, written] of files) {
    const [name, content] = [Buffer.from(text), Buffer.from(written)];
    const data = deflateRawSync(content);
    const fields = header(name, content, { data, claimed: faults.claimedBytes ?? content.length });
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, name, data]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(((faults.mode ?? 0o100644) << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x03', 'latin1'), fields, rest, name]));
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, central, Buffer.from('PK\x05\x06'), end]);
}
