import { GofleetError } from '@gofleet/base/errors';

/** The way to a field: names of fields and indexes of lists, from the outside in. */
export type FieldPath = readonly (string | number)[];

const maxLength = 512;
const maxSegments = 32;

/** One step of a path, at the place where the last one ended. */
const step =
  /\.([A-Za-z_][A-Za-z0-9_-]*)|\['((?:[^'\\]|\\['\\])*)'\]|\["((?:[^"\\]|\\["\\])*)"\]|\[(0|[1-9]\d{0,5})\]/y;

function malformed(text: string, what: string): GofleetError {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return new GofleetError('declare.malformed-field-path', `the field path "${shown}" ${what}`, {
    facts: { fieldPath: shown },
    hint: "write it as .spec.runtime.goVersion, with ['a.b'] for names with dots and [0] for entries of lists",
  });
}

/** Without the braces and the root that kubectl's JSONPath has: `{$.spec.x}` is `.spec.x`. */
function bare(text: string): string {
  const inner = text.startsWith('{') && text.endsWith('}') ? text.slice(1, -1) : text;
  const rooted = inner.startsWith('$') ? inner.slice(1) : inner;
  return /^[A-Za-z_]/.test(rooted) ? `.${rooted}` : rooted;
}

function segmentOf([, name, single, double, index]: RegExpExecArray): string | number {
  if (index !== undefined) return Number(index);
  return name ?? (single ?? double ?? '').replace(/\\(.)/gs, '$1');
}

/**
 * The path that a text names: `.spec.runtime.goVersion`, `metadata.annotations['example.com/go']`, `{.spec.versions[0]}`. A subset of
 * JSONPath: names, quoted names, indexes; no wildcards, filters or ranges, since a wish reads one field.
 * @throws `declare.malformed-field-path`
 * @see https://kubernetes.io/docs/reference/kubectl/jsonpath/
 */
export function parseFieldPath(text: string): FieldPath {
  if (text.length > maxLength) throw malformed(text, `is longer than ${maxLength} characters`);
  const path = bare(text);
  const segments: (string | number)[] = [];
  step.lastIndex = 0;
  while (step.lastIndex < path.length) {
    const from = step.lastIndex;
    const match = step.exec(path);
    if (!match) throw malformed(text, `cannot be read from "${path.slice(from, from + 20)}" on`);
    segments.push(segmentOf(match));
  }
  if (segments.length === 0) throw malformed(text, 'names no field');
  if (segments.length > maxSegments) throw malformed(text, `has more than ${maxSegments} parts`);
  return segments;
}

/** The text of a path, which parses to the same path. */
export function renderFieldPath(path: FieldPath): string {
  const parts = path.map((segment) => {
    if (typeof segment === 'number') return `[${segment}]`;
    const isPlain = /^[A-Za-z_][A-Za-z0-9_-]*$/.test(segment);
    return isPlain ? `.${segment}` : `['${segment.replace(/['\\]/g, '\\$&')}']`;
  });
  return parts.join('');
}

/** The value at a path; `undefined` when there is none. Only what the object itself has counts. */
export function readField(object: unknown, path: FieldPath): unknown {
  let value = object;
  for (const segment of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (Array.isArray(value) !== (typeof segment === 'number') || !Object.hasOwn(value, segment))
      return undefined;
    value = (value as Record<string | number, unknown>)[segment];
  }
  return value;
}
