import { isDeepStrictEqual } from 'node:util';

/** One operation of RFC 6902, of the kinds that gofleet emits. */
interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value?: unknown;
}

type Container = Record<string, unknown> | unknown[];

const decodeToken = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');

function descend(document: unknown, tokens: readonly string[]): Container {
  let value = document;
  for (const token of tokens) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token))
      throw new Error(`/${tokens.join('/')}: no parent at "${token}"`);
    value = (value as Record<string, unknown>)[token];
  }
  if (typeof value !== 'object' || value === null) throw new Error(`/${tokens.join('/')} holds no members`);
  return value as Container;
}

function applyToArray(parent: unknown[], key: string, { op, value }: Operation): void {
  const at = key === '-' ? parent.length : Number(key);
  const limit = op === 'add' ? parent.length : parent.length - 1;
  if (!Number.isInteger(at) || at < 0 || at > limit)
    throw new Error(`no index ${key} in ${parent.length} entries`);
  if (op === 'add') parent.splice(at, 0, value);
  else parent.splice(at, 1, ...(op === 'remove' ? [] : [value]));
}

function applyToObject(parent: Record<string, unknown>, key: string, { op, value }: Operation): void {
  if (op !== 'add' && !Object.hasOwn(parent, key)) throw new Error(`no member ${key}`);
  if (op === 'remove') delete parent[key];
  else parent[key] = value;
}

/**
 * The document after a JSON Patch, as an API server would apply it: absent parents and indexes out of range throw.
 * @see RFC 6902
 */
export function applyJsonPatch<T>(document: T, operations: readonly Operation[]): T {
  const copy = structuredClone(document);
  for (const operation of operations) {
    const tokens = operation.path.split('/').slice(1).map(decodeToken);
    const key = tokens.pop();
    if (key === undefined) throw new Error('the whole document is never replaced');
    const parent = descend(copy, tokens);
    if (operation.op === 'test') {
      const found = (parent as Record<string, unknown>)[key];
      if (!isDeepStrictEqual(found, operation.value)) throw new Error(`${operation.path} differs`);
      continue;
    }
    if (Array.isArray(parent)) applyToArray(parent, key, operation);
    else applyToObject(parent, key, operation);
  }
  return copy;
}
