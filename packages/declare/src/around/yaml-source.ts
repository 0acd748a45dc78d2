import type { Finding } from '@gofleet/base/finding';
import {
  type Document,
  isMap,
  isScalar,
  type Node,
  parseAllDocuments,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import type { Place } from '../declaration.ts';
import { malformed } from '../finding-at.ts';
import { SourceText } from '../source-text.ts';

/** The documents of a YAML file, and its errors with line and column. */
export interface YamlSource {
  readonly source: SourceText;
  readonly documents: readonly Document.Parsed[];
  readonly findings: readonly Finding[];
}

/** Reads YAML; what its parser warns of is nothing of ours. */
export function parseYamlSource(text: string, file: string): YamlSource {
  const source = new SourceText(file, text);
  const parsed = parseAllDocuments(source.text, { logLevel: 'silent', prettyErrors: false });
  const documents = 'empty' in parsed ? [] : parsed;
  const findings = documents.flatMap(({ errors }) =>
    errors.map(({ pos, message }) =>
      malformed(
        source.placeAt(Math.min(pos[0], source.text.length)),
        `${message.slice(0, 1).toLowerCase()}${message.slice(1)}`,
      ),
    ),
  );
  return { source, documents, findings };
}

/** The pairs of a mapping with their names; none for anything else. */
export function pairsOf(node: unknown): { readonly name: string; readonly value: Node | null }[] {
  if (!isMap(node)) return [];
  return (node as YAMLMap<unknown, Node | null>).items.map(({ key, value }) => ({
    name: String(isScalar(key) ? key.value : key),
    value,
  }));
}

/** What a mapping has under a name. */
export function entryOf(node: unknown, name: string): Node | undefined {
  return pairsOf(node).find((pair) => pair.name === name)?.value ?? undefined;
}

/** A scalar as it is written: `1.20` stays `1.20`, where YAML's own value would be the number 1.2. */
export function textOf(node: unknown): { readonly text: string; readonly scalar: Scalar } | undefined {
  if (!isScalar(node) || node.value === null) return undefined;
  return {
    text: typeof node.value === 'string' ? node.value : (node.source ?? String(node.value)),
    scalar: node,
  };
}

/** Where a node stands. */
export function placeOf(source: SourceText, node: Node): Place {
  return source.placeAt(node.range?.[0] ?? 0);
}
