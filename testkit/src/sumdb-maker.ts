import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { hashChildren, hashRecord } from '@gofleet/resolve/sumdb/merkle';
import { keyHashOf } from '@gofleet/resolve/sumdb/verifier-key';

/** The hash of a list of records as the RFC defines it, by recursion. @see RFC 6962 section 2.1 */
export function hashByDefinition(records: readonly string[]): Uint8Array {
  if (records.length === 0) return createHash('sha256').digest();
  if (records.length === 1) return hashRecord(records[0] as string);
  let split = 1;
  while (split * 2 < records.length) split *= 2;
  return hashChildren(hashByDefinition(records.slice(0, split)), hashByDefinition(records.slice(split)));
}

/** A checksum database in memory, with a key of its own, that can be told to lie. */
export class SumdbMaker {
  readonly name: string;
  /** `name+hash+key`, for GOSUMDB. */
  readonly verifierKey: string;
  readonly records: string[] = [];
  readonly #privateKey: KeyObject;
  readonly #keyHash: number;
  /** Row k has the hashes of the complete nodes of level k. */
  readonly #rows: Uint8Array[][] = [[]];

  constructor(name: string, privateKey: KeyObject = generateKeyPairSync('ed25519').privateKey) {
    const raw = Buffer.from(String(createPublicKey(privateKey).export({ format: 'jwk' }).x), 'base64url');
    const key = Buffer.concat([Buffer.of(1), raw]);
    this.name = name;
    this.#privateKey = privateKey;
    this.#keyHash = keyHashOf(name, key);
    this.verifierKey = `${name}+${this.#keyHash.toString(16).padStart(8, '0')}+${key.toString('base64')}`;
  }

  /** Adds a record and returns its number. */
  add(record: string): number {
    this.records.push(record);
    this.#grow(0, hashRecord(record));
    return this.records.length - 1;
  }

  /** A database with the same key whose history begins with the first `size` records of this one. */
  fork(size: number): SumdbMaker {
    const twin = new SumdbMaker(this.name, this.#privateKey);
    for (const record of this.records.slice(0, size)) twin.add(record);
    return twin;
  }

  /** The signed head of the tree of the first `size` records. */
  note(size = this.records.length): string {
    const hash = Buffer.from(hashByDefinition(this.records.slice(0, size))).toString('base64');
    return this.sign(`go.sum database tree\n${size}\n${hash}\n`);
  }

  sign(text: string): string {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(this.#keyHash);
    const signature = Buffer.concat([head, sign(null, Buffer.from(text), this.#privateKey)]);
    return `${text}\n— ${this.name} ${signature.toString('base64')}\n`;
  }

  /** What is served at a path; `undefined` is "not found". */
  read(path: string): Uint8Array | undefined {
    if (path === 'supported') return Buffer.of();
    if (path === 'latest') return Buffer.from(this.note());
    if (path.startsWith('lookup/')) return this.#lookup(path.slice(7));
    return this.#tile(path);
  }

  #lookup(target: string): Uint8Array | undefined {
    const [module, version] = target.split('@');
    const id = this.records.findIndex((record) => record.startsWith(`${module} ${version} `));
    return id < 0 ? undefined : Buffer.from(`${id}\n${this.records[id]}\n${this.note()}`);
  }

  #tile(path: string): Uint8Array | undefined {
    const [, level, name = '', width = '256'] =
      /^tile\/8\/(\d+)\/([x\d/]+?)(?:\.p\/(\d+))?$/.exec(path) ?? [];
    if (level === undefined) return undefined;
    const index = Number(name.replace(/[x/]/g, ''));
    const row = this.#rows[Number(level) * 8] ?? [];
    const hashes = row.slice(index * 256, index * 256 + Number(width));
    return hashes.length === Number(width) ? Buffer.concat(hashes) : undefined;
  }

  #grow(level: number, hash: Uint8Array): void {
    const row = this.#rows[level] ?? [];
    this.#rows[level] = row;
    row.push(hash);
    const left = row.at(-2);
    if (row.length % 2 === 0 && left) this.#grow(level + 1, hashChildren(left, hash));
  }
}
