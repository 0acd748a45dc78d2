const decoder = new TextDecoder();
const maxShort = 256;

/** The text of UTF-8 bytes. A decoder takes longer to start than a short text takes character by character. */
export function decodeShort(bytes: Uint8Array): string {
  if (bytes.length > maxShort) return decoder.decode(bytes);
  let text = '';
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    if (byte > 0x7f) return decoder.decode(bytes);
    text += String.fromCharCode(byte);
  }
  return text;
}
