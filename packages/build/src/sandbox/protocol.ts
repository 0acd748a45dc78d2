import { GofleetError } from '@gofleet/base/errors';

/**
 * The wire between the stand-in and the sandbox, both ways: frames of a kind (one byte), a length (four bytes, big endian) and a
 * payload. The stand-in sends one `request`, then a `signal` for each signal that it gets. The sandbox sends `stdout` and `stderr`
 * as they come, and last an `exit`. A closed connection cancels.
 */
export const frameKinds = { request: 0x52, signal: 0x53, stdout: 0x31, stderr: 0x32, exit: 0x58 } as const;
export type FrameKind = keyof typeof frameKinds;

export interface Frame {
  readonly kind: FrameKind;
  readonly payload: Uint8Array;
}

/** What the stand-in asks for. */
export interface SandboxRequest {
  /** Absolute path of its current directory. */
  readonly directory: string;
  /** Without the name of the program. */
  readonly argv: readonly string[];
  /** Variables whose names begin with `GO` or `CGO_`. */
  readonly env: Readonly<Record<string, string>>;
}

/** Neither side sends or takes a longer payload. */
export const maxPayloadBytes = 256 << 10;
const headerBytes = 5;
const maxFields = 8192;
/** The first field: what the other fields mean. */
export const protocolName = 'gofleet-sandbox/1';

const malformed = (why: string): GofleetError =>
  new GofleetError('build.malformed-sandbox-frame', `sandbox connection: ${why}`);

/** The bytes of a frame. */
export function encodeFrame(kind: FrameKind, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(headerBytes + payload.length);
  frame[0] = frameKinds[kind];
  new DataView(frame.buffer).setUint32(1, payload.length);
  frame.set(payload, headerBytes);
  return frame;
}

/** An output of any length as frames. */
export function encodeOutput(kind: 'stdout' | 'stderr', bytes: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += maxPayloadBytes)
    frames.push(encodeFrame(kind, bytes.subarray(at, at + maxPayloadBytes)));
  return frames;
}

function kindOf(byte: number): FrameKind {
  const kinds = Object.keys(frameKinds) as FrameKind[];
  const kind = kinds.find((name) => frameKinds[name] === byte);
  if (kind) return kind;
  throw malformed(`expected a frame, found a byte ${byte}`);
}

/** Puts frames together from pieces of a stream; holds one frame at most. */
export class FrameReader {
  #rest = new Uint8Array(0);

  /** The frames that the next piece completes. @throws `build.malformed-sandbox-frame` */
  add(piece: Uint8Array): Frame[] {
    let bytes = new Uint8Array(this.#rest.length + piece.length);
    bytes.set(this.#rest);
    bytes.set(piece, this.#rest.length);
    const frames: Frame[] = [];
    while (bytes.length > 0) {
      const kind = kindOf(bytes[0] ?? 0);
      if (bytes.length < headerBytes) break;
      const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
      if (length > maxPayloadBytes) throw malformed(`a frame of ${length} bytes is too long`);
      if (bytes.length < headerBytes + length) break;
      frames.push({ kind, payload: bytes.slice(headerBytes, headerBytes + length) });
      bytes = bytes.subarray(headerBytes + length);
    }
    this.#rest = bytes.slice();
    return frames;
  }
}

/** The payload of a request: fields that each end with a zero byte; the number of arguments stands before them. */
export function encodeRequest({ directory, argv, env }: SandboxRequest): Uint8Array {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const fields = [protocolName, directory, String(argv.length), ...argv, ...variables];
  return new TextEncoder().encode(fields.map((field) => `${field}\0`).join(''));
}

function decodeFields(payload: Uint8Array): string[] {
  if (payload.at(-1) !== 0) throw malformed('a request that does not end');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload.subarray(0, -1));
  } catch {
    throw malformed('a request that is no UTF-8');
  }
  const fields = text.split('\0');
  if (fields.length > maxFields) throw malformed(`a request of ${fields.length} words`);
  return fields;
}

/** @throws `build.malformed-sandbox-frame` */
export function decodeRequest(payload: Uint8Array): SandboxRequest {
  const [name, directory = '', number = '', ...rest] = decodeFields(payload);
  if (name !== protocolName)
    throw malformed(`expected ${protocolName}, found ${JSON.stringify(name?.slice(0, 40))}`);
  const argc = /^\d{1,4}$/.test(number) ? Number(number) : Number.NaN;
  if (!directory.startsWith('/') || !(argc <= rest.length))
    throw malformed('a request without directory or arguments');
  const env = rest.slice(argc).map((variable): [string, string] => {
    const at = variable.indexOf('=');
    if (at < 1) throw malformed('a variable without a name');
    return [variable.slice(0, at), variable.slice(at + 1)];
  });
  return { directory, argv: rest.slice(0, argc), env: Object.fromEntries(env) };
}
