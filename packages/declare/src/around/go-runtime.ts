import { isGofleetError } from '@gofleet/base/errors';
import type { Finding } from '@gofleet/base/finding';
import { parseGoConstraint } from '@gofleet/base/go-constraint';
import { isAlias, type Node } from 'yaml';
import type { Declaration, GoWish, ParsedFile } from '../declaration.ts';
import { malformed } from '../finding-at.ts';
import { goverOfToolchain } from '../gover.ts';
import type { SourceText } from '../source-text.ts';
import { entryOf, parseYamlSource, placeOf, textOf } from './yaml-source.ts';

function parseWish(text: string): GoWish | undefined {
  try {
    parseGoConstraint(text);
  } catch (thrown) {
    if (isGofleetError(thrown)) return undefined;
    throw thrown;
  }
  const release = text.startsWith('go') ? text : `go${text}`;
  const isExact = /^go\d+\.\d+(?:\.|[a-z])/.test(release) && goverOfToolchain(release) !== '';
  return isExact ? { kind: 'release', release } : { kind: 'constraint', constraint: text };
}

function readManifest(source: SourceText, root: unknown): Declaration | Finding | undefined {
  if (textOf(entryOf(root, 'kind'))?.text !== 'GoRuntime') return undefined;
  const group = textOf(entryOf(root, 'apiVersion'))?.text ?? '';
  const spec = entryOf(root, 'spec');
  // In mode godebug the version is the release whose defaults a program shall have, whatever builds it.
  if (textOf(entryOf(spec, 'mode'))?.text === 'godebug') return undefined;
  const node: Node | undefined = entryOf(entryOf(spec, 'runtime'), 'goVersion');
  if (!group.startsWith('gofleet.dev/') || !node || isAlias(node)) return undefined;
  const value = textOf(node)?.text ?? '';
  const place = placeOf(source, node);
  const wish = parseWish(value);
  if (!wish) return malformed(place, `spec.runtime.goVersion: "${value}" is no Go version or comparison`);
  const name = textOf(entryOf(entryOf(root, 'metadata'), 'name'))?.text;
  return { source: 'GoRuntime', what: name === undefined ? 'wish' : `wish ${name}`, value, wish, place };
}

/** What the `GoRuntime` manifests in a YAML file ask for. A file that never names the kind is not parsed. */
export function parseGoRuntimes(text: string, file: string): ParsedFile {
  if (!text.includes('GoRuntime')) return { declarations: [], findings: [] };
  const { source, documents, findings } = parseYamlSource(text, file);
  const read = documents.map((document) => readManifest(source, document.contents));
  return {
    declarations: read.flatMap((one) => (one && 'wish' in one ? [one] : [])),
    findings: [...findings, ...read.flatMap((one) => (one && 'severity' in one ? [one] : []))],
  };
}
