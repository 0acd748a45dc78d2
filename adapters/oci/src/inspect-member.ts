import { type GofleetError, isGofleetError } from '@gofleet/base/errors';
import type { BinaryFacts } from '@gofleet/identify/binary-facts';
import { readBinary } from '@gofleet/identify/read-binary';
import type { ByteCursor } from './byte-cursor.ts';
import { MemberWindow } from './member-window.ts';

/** What an executable in an archive says of itself, or why it cannot be read; `undefined` when it is no Go program. */
export type MemberFacts = BinaryFacts | GofleetError | undefined;

const notNews = new Set(['identify.not-executable', 'identify.not-go']);

function attempt(read: () => BinaryFacts): MemberFacts {
  try {
    return read();
  } catch (thrown) {
    if (!isGofleetError(thrown)) throw thrown;
    return notNews.has(thrown.code) ? undefined : thrown;
  }
}

/**
 * Reads an executable whose content is ahead: a few KiB where any part can be had, else all of it through a window. One that is
 * not all there is no find: the archive is cut off, and that is told of it.
 */
export async function inspectMember(content: ByteCursor, sizeBytes: number): Promise<MemberFacts> {
  const { readAt } = content;
  if (readAt && readAt(sizeBytes - 1, 1).length === 0) return undefined;
  if (readAt) return attempt(() => readBinary(readAt));
  const window = await MemberWindow.fill(content, sizeBytes);
  try {
    if (window.receivedBytes < sizeBytes) return undefined;
    return attempt(() => readBinary((offset, length) => window.read(offset, length)));
  } finally {
    window.release();
  }
}
