import type { FileBytes } from './file-bytes.ts';
import { unquoteGoPrefix } from './go-quote.ts';

const prefix = '\xff Go build ID: ';
const suffix = '"\n \xff';
/** The linker puts it at the very beginning of the code. */
const maxBytes = 1024;

const latin1 = new TextDecoder('latin1');

/**
 * The Go build ID at the beginning of the code, where formats without notes have it; empty when it is not there.
 * @see Go src/cmd/internal/buildid/buildid.go readRaw (go1.26)
 */
export function readRawBuildId(
  file: FileBytes,
  code: { readonly offset: number; readonly size: number } | undefined,
): string {
  if (!code) return '';
  const text = latin1.decode(file.take(code.offset, Math.min(code.size, maxBytes)));
  const start = text.indexOf(prefix);
  const end = text.indexOf(suffix, start);
  if (start < 0 || end < 0) return '';
  return unquoteGoPrefix(text.slice(start + prefix.length, end + 1))?.value ?? '';
}
