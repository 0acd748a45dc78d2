/** A node of a structural OpenAPI v3 schema. */
export type Schema = Readonly<Record<string, unknown>>;

/** A text field. */
export function text(description?: string, more: Schema = {}): Schema {
  return { type: 'string', ...(description === undefined ? {} : { description }), ...more };
}

/** One of the given words. */
export function oneOf(values: readonly string[], more: Schema = {}): Schema {
  return { type: 'string', enum: values, ...more };
}

/** An object of known fields. */
export function object(
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
): Schema {
  return { type: 'object', properties, ...(required.length === 0 ? {} : { required }) };
}

/** A list that several writers merge by the keys, which each item must have. */
export function listMap(item: Schema, keys: readonly string[]): Schema {
  return { type: 'array', items: item, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys };
}

export const count: Schema = { type: 'integer', format: 'int64', minimum: 0 };
export const sha256: Schema = text('64 lower-case hexadecimal digits', { pattern: '^[0-9a-f]{64}$' });
export const dateTime: Schema = text(undefined, { format: 'date-time' });
