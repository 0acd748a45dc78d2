import type { JsonPatchOperation } from '@gofleet/inject/json-patch';
import { Document, isCollection, isSeq, type Node, visit } from 'yaml';

const decode = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');

/** Changing what an alias stands for would change every place that uses it. */
function withoutAliases(document: Document): Document {
  let hasAlias = false;
  visit(document, {
    Alias: () => {
      hasAlias = true;
      return visit.BREAK;
    },
  });
  if (!hasAlias) return document.clone();
  return new Document(document.toJS(), { version: '1.1', aliasDuplicateObjects: false });
}

/** Words that are no text for readers of YAML 1.1, which kubectl is. */
const misread = /^(y|n|yes|no|on|off|true|false)$/i;

function createNode(document: Document, value: unknown): Node {
  const node = document.createNode(value, { aliasDuplicateObjects: false });
  visit(node, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === 'string' && misread.test(scalar.value)) scalar.type = 'QUOTE_DOUBLE';
    },
  });
  return node;
}

function apply(document: Document, path: readonly (string | number)[], value: unknown): void {
  const parent = document.getIn(path.slice(0, -1));
  const node = createNode(document, value);
  if (isSeq(parent) && path.at(-1) === '-') parent.add(node);
  else document.setIn(path, node);
  // Flow style of an empty collection (`{}`) would be kept for what comes into it.
  if (isCollection(parent) && parent.items.length === 1) parent.flow = false;
}

/**
 * A YAML document after a JSON Patch, comments and order kept.
 * @param at - where in the document the patched object is
 */
export function patchDocument(
  document: Document,
  at: readonly (string | number)[],
  operations: readonly JsonPatchOperation[],
): Document {
  const patched = withoutAliases(document);
  for (const operation of operations) {
    const tokens = operation.path.split('/').slice(1).map(decode);
    const path = [...at, ...tokens.map((token) => (/^\d+$/.test(token) ? Number(token) : token))];
    if (operation.op === 'remove') patched.deleteIn(path);
    else apply(patched, path, operation.value);
  }
  return patched;
}
