import { type AST, ParseError, parseTOML } from 'toml-eslint-parser';
import type { Declaration, ParsedFile } from '../declaration.ts';
import { malformed } from '../finding-at.ts';
import { SourceText } from '../source-text.ts';
import { parseVersionWish } from '../version-wish.ts';

const hint = 'write go = "1.26.8" under [tools]';
const names: readonly string[] = ['go', 'golang', 'core:go'];

type Key = string | number;

/** The value below a table's keys, wherever TOML lets it be written: `a.b = 1`, `[a]` with `b = 1`, `a = { b = 1 }`. */
function* valuesOf(
  table: AST.TOMLTopLevelTable,
  base: readonly Key[],
): Generator<[Key[], AST.TOMLContentNode]> {
  for (const node of table.body) {
    if (node.type === 'TOMLTable') yield* valuesIn(node.body, node.resolvedKey);
    else yield* valuesIn([node], base);
  }
}

function* valuesIn(
  pairs: readonly AST.TOMLKeyValue[],
  base: readonly Key[],
): Generator<[Key[], AST.TOMLContentNode]> {
  for (const { key, value } of pairs) {
    const path = [...base, ...key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value))];
    if (value.type === 'TOMLInlineTable') yield* valuesIn(value.body, path);
    else yield [path, value];
  }
}

/** Whether a path is that of Go's version: `tools.go`, `tools.go.version`, `tools.go[0].version`. */
function isVersionPath([table, name, ...rest]: readonly Key[]): boolean {
  if (table !== 'tools' || !names.includes(String(name))) return false;
  const below = typeof rest[0] === 'number' ? rest.slice(1) : rest;
  return below.length === 0 || (below.length === 1 && below[0] === 'version');
}

/** The node of the version that counts: of an array its first element, in a table its `version`. */
function versionNode(node: AST.TOMLContentNode): AST.TOMLContentNode | undefined {
  if (node.type !== 'TOMLArray') return node;
  const [first] = node.elements;
  if (first?.type !== 'TOMLInlineTable') return first;
  return [...valuesIn(first.body, [])].find(([path]) => path.length === 1 && path[0] === 'version')?.[1];
}

function declare(source: SourceText, node: AST.TOMLContentNode): ParsedFile {
  const counting = versionNode(node);
  const place = source.placeAt((counting ?? node).range[0]);
  if (counting?.type !== 'TOMLValue' || counting.kind !== 'string') {
    return { declarations: [], findings: [malformed(place, 'the version of go is no string', hint)] };
  }
  const { value } = counting;
  const wish = parseVersionWish(value, 'newest');
  if (!wish) return { declarations: [], findings: [malformed(place, `"${value}" is no Go version`, hint)] };
  const declaration: Declaration = { source: 'mise', what: 'tools.go', value, wish, place };
  return { declarations: [declaration], findings: [] };
}

/**
 * What a `mise.toml` says of Go in its `tools`; of several versions the first, which is the one in PATH.
 * @see mise documentation, configuration, [tools]
 */
export function parseMise(text: string, file: string): ParsedFile {
  const source = new SourceText(file, text);
  try {
    const [top] = parseTOML(source.text).body;
    const found = [...valuesOf(top, [])].find(([path]) => isVersionPath(path));
    return found ? declare(source, found[1]) : { declarations: [], findings: [] };
  } catch (thrown) {
    if (!(thrown instanceof ParseError)) throw thrown;
    const place = source.placeAt(Math.min(thrown.index, source.text.length));
    return { declarations: [], findings: [malformed(place, lowerFirst(thrown.message))] };
  }
}

const lowerFirst = (text: string): string => `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`;
