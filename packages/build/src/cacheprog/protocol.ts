import { GofleetError } from '@gofleet/base/errors';

/** What the `go` command asks its cache program. */
export interface CacheRequest {
  readonly id: number;
  /** `get`, `put`, `close`, or what a later `go` may ask. */
  readonly command: string;
  /** 64 hexadecimal digits; empty when absent. */
  readonly actionId: string;
  /** sha256 of the body of a `put`, as the `go` command says; empty when absent. */
  readonly outputId: string;
  /** Of a `put`; absent when it is longer than allowed. */
  readonly body?: Uint8Array;
  readonly bodyBytes: number;
}

/** What a cache program answers. */
export interface CacheResponse {
  readonly id: number;
  readonly error?: string;
  /** In the first message only, whose id is 0. */
  readonly knownCommands?: readonly string[];
  readonly miss?: boolean;
  readonly outputId?: string;
  readonly sizeBytes?: number;
  /** When the object was made, in nanoseconds since 1970. */
  readonly addedAtNs?: bigint;
  /** Absolute path of a file that stays until `close`. */
  readonly diskPath?: string;
}

/** A request is a line of a few hundred bytes. */
const maxLineBytes = 64 << 10;
const newline = 0x0a;
const quote = 0x22;

function malformed(why: string): GofleetError {
  return new GofleetError('build.malformed-cache-request', `a request of the go command: ${why}`);
}

function parseHash(value: unknown, name: string): string {
  if (value === undefined || value === null) return '';
  const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : undefined;
  if (bytes?.length !== 32) throw malformed(`expected 32 bytes of ${name}, found ${bytes?.length ?? value}`);
  return bytes.toString('hex');
}

function parseCount(value: unknown, name: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw malformed(`expected a number as ${name}`);
}

function parseLine(line: string): Omit<CacheRequest, 'body'> {
  let value: Readonly<Record<string, unknown>> | null;
  try {
    value = JSON.parse(line);
  } catch {
    throw malformed('expected a line of JSON');
  }
  if (typeof value !== 'object' || value === null) throw malformed('expected an object');
  const { ID, Command, ActionID, OutputID, BodySize = 0 } = value;
  if (typeof Command !== 'string') throw malformed('expected a Command');
  return {
    id: parseCount(ID, 'ID'),
    command: Command,
    actionId: parseHash(ActionID, 'ActionID'),
    outputId: parseHash(OutputID, 'OutputID'),
    bodyBytes: parseCount(BodySize, 'BodySize'),
  };
}

/** The string of base64 that follows a `put`, decoded as it comes. */
class BodyReader {
  readonly #target: Buffer | undefined;
  #left: number;
  #written = 0;
  #carry = '';
  #state: 'before' | 'inside' | 'after' = 'before';

  constructor(bytes: number, maxBytes: number) {
    this.#target = bytes <= maxBytes ? Buffer.allocUnsafe(bytes) : undefined;
    this.#left = 4 * Math.ceil(bytes / 3);
  }

  /** The body, or `undefined` when it is too long to be kept. @throws `build.malformed-cache-request` */
  end(): Uint8Array | undefined {
    if (this.#target && this.#written !== this.#target.length) {
      throw malformed(`expected a body of ${this.#target.length} bytes, found ${this.#written}`);
    }
    return this.#target;
  }

  /** Takes from `chunk` from `start` on; answers where it stopped, and whether the body is complete. */
  read(chunk: Buffer, start: number): { readonly at: number; readonly isDone: boolean } {
    let at = start;
    while (at < chunk.length) {
      if (this.#state === 'inside') {
        const end = Math.min(chunk.length, at + this.#left);
        this.#decode(chunk.toString('latin1', at, end));
        this.#left -= end - at;
        at = end;
        if (this.#left === 0) this.#state = 'after';
        continue;
      }
      const byte = chunk[at++];
      if (byte === quote) {
        if (this.#state === 'after') return { at, isDone: true };
        this.#state = 'inside';
      } else if (byte !== newline || this.#state === 'after') throw malformed('expected a string of base64');
    }
    return { at, isDone: false };
  }

  #decode(text: string): void {
    if (!this.#target) return;
    const all = this.#carry + text;
    const whole = all.length - (all.length % 4);
    this.#carry = all.slice(whole);
    this.#written += this.#target.write(all.slice(0, whole), this.#written, 'base64');
  }
}

/**
 * Requests from the bytes that the `go` command writes: an object a line, after a `put` a string of base64.
 * @see Go cmd/go/internal/cacheprog (go1.26), cmd/go/internal/cache/prog.go writeToChild
 */
export class RequestDecoder {
  readonly #maxBodyBytes: number;
  #line: Buffer[] = [];
  #lineBytes = 0;
  #pending: { readonly head: Omit<CacheRequest, 'body'>; readonly body: BodyReader } | undefined;

  /** @param maxBodyBytes - longer bodies are skipped */
  constructor(maxBodyBytes: number) {
    this.#maxBodyBytes = maxBodyBytes;
  }

  /** The requests that are complete with these bytes. @throws `build.malformed-cache-request` */
  *push(bytes: Uint8Array): Generator<CacheRequest> {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    while (at < chunk.length) {
      if (this.#pending) {
        const { head, body } = this.#pending;
        const read = body.read(chunk, at);
        at = read.at;
        if (!read.isDone) return;
        this.#pending = undefined;
        const content = body.end();
        yield { ...head, ...(content === undefined ? {} : { body: content }) };
        continue;
      }
      const end = chunk.indexOf(newline, at);
      this.#keep(chunk.subarray(at, end < 0 ? undefined : end));
      if (end < 0) return;
      at = end + 1;
      const head = this.#takeLine();
      if (!head) continue;
      if (head.command !== 'put') yield head;
      else if (head.bodyBytes === 0) yield { ...head, body: new Uint8Array() };
      else this.#pending = { head, body: new BodyReader(head.bodyBytes, this.#maxBodyBytes) };
    }
  }

  #keep(part: Buffer): void {
    this.#lineBytes += part.length;
    if (this.#lineBytes > maxLineBytes) throw malformed(`a line is longer than ${maxLineBytes} bytes`);
    // The chunk may be written over before the line ends.
    if (part.length > 0) this.#line.push(Buffer.from(part));
  }

  #takeLine(): Omit<CacheRequest, 'body'> | undefined {
    const text = Buffer.concat(this.#line).toString('utf8').trim();
    [this.#line, this.#lineBytes] = [[], 0];
    return text === '' ? undefined : parseLine(text);
  }
}

const nsPerMs = 1_000_000n;

/** RFC 3339 with nanoseconds. */
function renderTime(ns: bigint): string {
  const iso = new Date(Number(ns / nsPerMs)).toISOString();
  return iso.replace('Z', `${String(ns % nsPerMs).padStart(6, '0')}Z`);
}

/** A response as the line that the `go` command reads. */
export function renderResponse(response: CacheResponse): string {
  const { id, error, knownCommands, miss, outputId, sizeBytes, addedAtNs, diskPath } = response;
  return `${JSON.stringify({
    ID: id,
    Err: error,
    KnownCommands: knownCommands,
    Miss: miss,
    OutputID: outputId === undefined ? undefined : Buffer.from(outputId, 'hex').toString('base64'),
    Size: sizeBytes,
    Time: addedAtNs === undefined ? undefined : renderTime(addedAtNs),
    DiskPath: diskPath,
  })}\n`;
}
