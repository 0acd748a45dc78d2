import { Transform, type TransformCallback } from 'node:stream';
import { rewriteAuthority } from './rewrite-authority.ts';

const prefaceLength = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'.length;
const frameHeaderLength = 9;
const headersType = 1;
const endHeaders = 0x4;
const paddedOrPriority = 0x28;

function rewriteFrame(frame: Buffer): Buffer {
  const flags = frame[4] ?? 0;
  // gRPC clients neither pad nor split nor prioritise; what does is passed on.
  const isWhole = (flags & endHeaders) !== 0 && (flags & paddedOrPriority) === 0;
  if (frame[3] !== headersType || !isWhole) return frame;
  const block = rewriteAuthority(frame.subarray(frameHeaderLength));
  const header = Buffer.from(frame.subarray(0, frameHeaderLength));
  header.writeUIntBE(block.length, 0, 3);
  return Buffer.concat([header, block]);
}

/**
 * A client's side of an HTTP/2 connection, each `:authority` replaced by `localhost`. kubelet before 1.26 sends the socket's
 * path there, which is no authority: Node.js ends such requests with PROTOCOL_ERROR before anybody sees them.
 * @see RFC 9113 section 4.1; grpc-go issue 2628
 */
export class AuthorityStream extends Transform {
  #rest: Buffer = Buffer.alloc(0);
  #passed = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#passPreface();
    for (let frame = this.#nextFrame(); frame; frame = this.#nextFrame()) this.push(rewriteFrame(frame));
    done();
  }

  #passPreface(): void {
    const missing = Math.min(prefaceLength - this.#passed, this.#rest.length);
    if (missing === 0) return;
    this.push(this.#take(missing));
    this.#passed += missing;
  }

  #nextFrame(): Buffer | undefined {
    if (this.#rest.length < frameHeaderLength) return undefined;
    const length = frameHeaderLength + this.#rest.readUIntBE(0, 3);
    return this.#rest.length < length ? undefined : this.#take(length);
  }

  #take(length: number): Buffer {
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }
}
