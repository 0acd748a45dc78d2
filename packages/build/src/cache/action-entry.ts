import { GofleetError } from '@gofleet/base/errors';

/** What the build cache remembers of an action: which output it had. */
export interface ActionEntry {
  /** Hash of the action's description, 64 hexadecimal digits; the entry's file is named after it. */
  readonly actionId: string;
  /** sha256 of the output, 64 hexadecimal digits; the output's file is named after it. */
  readonly outputId: string;
  readonly sizeBytes: number;
  /** When it was added, in nanoseconds since 1970. */
  readonly addedAtNs: bigint;
}

/** Length of an entry in bytes. @see Go cmd/go/internal/cache entrySize (go1.26) */
export const actionEntryBytes = 2 + 1 + 64 + 1 + 64 + 1 + 20 + 1 + 20 + 1;

const form = /^v1 ([0-9a-f]{64}) ([0-9a-f]{64}) ( *[0-9]{1,19}) ( *[0-9]{1,19})\n$/;
const maxInt64 = 2n ** 63n - 1n;

function malformed(why: string): GofleetError {
  return new GofleetError('build.malformed-action-entry', `a build cache entry: ${why}`);
}

/**
 * An action entry from the text of its file.
 * @throws `build.malformed-action-entry`
 * @see Go cmd/go/internal/cache get (go1.26)
 */
export function parseActionEntry(text: string): ActionEntry {
  if (text.length !== actionEntryBytes) {
    throw malformed(`expected ${actionEntryBytes} bytes, found ${text.length}`);
  }
  const [, actionId, outputId, size = '', time = ''] = form.exec(text) ?? [];
  if (actionId === undefined || outputId === undefined || size.length !== 20 || time.length !== 20) {
    throw malformed('expected "v1", two hashes, a size and a time');
  }
  const [sizeBytes, addedAtNs] = [BigInt(size.trim()), BigInt(time.trim())];
  if (sizeBytes > BigInt(Number.MAX_SAFE_INTEGER) || addedAtNs > maxInt64) {
    throw malformed('its size or time is beyond all bounds');
  }
  return { actionId, outputId, sizeBytes: Number(sizeBytes), addedAtNs };
}

/** An action entry as the `go` command writes it. @see Go cmd/go/internal/cache putIndexEntry (go1.26) */
export function renderActionEntry({ actionId, outputId, sizeBytes, addedAtNs }: ActionEntry): string {
  const pad = (number: number | bigint): string => String(number).padStart(20);
  return `v1 ${actionId} ${outputId} ${pad(sizeBytes)} ${pad(addedAtNs)}\n`;
}
