/** One operation of RFC 6902, of the kinds that gofleet emits. */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** Has the whole patch refused when something else is there. @see RFC 6902 section 4.6 */
export interface JsonPatchTest {
  readonly op: 'test';
  readonly path: string;
  readonly value: unknown;
}

/** A JSON pointer to the tokens, `~` and `/` escaped. @see RFC 6901 section 3 */
export function jsonPointer(...tokens: readonly (string | number)[]): string {
  return tokens.map((token) => `/${String(token).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The operation that puts an entry at the end of an array, or makes the array when it is absent. */
export function appendOperation(pointer: string, isPresent: boolean, value: unknown): JsonPatchOperation {
  return isPresent
    ? { op: 'add', path: `${pointer}/-`, value }
    : { op: 'add', path: pointer, value: [value] };
}
