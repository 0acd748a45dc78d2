import type { Finding } from '@gofleet/base/finding';
import { isSeq, type Node } from 'yaml';
import type { Declaration, ParsedFile } from '../declaration.ts';
import { findingAt, malformed } from '../finding-at.ts';
import type { SourceText } from '../source-text.ts';
import { parseSetupGoVersion } from './setup-go-version.ts';
import { entryOf, pairsOf, parseYamlSource, placeOf, textOf } from './yaml-source.ts';

const itemsOf = (node: unknown): readonly unknown[] => (isSeq(node) ? node.items : []);

/** A value of a matrix by the name in `${{ matrix.NAME }}`: the nodes of its list, and those that `include` adds. */
function matrixValues(job: unknown, name: string): Node[] {
  const matrix = entryOf(entryOf(job, 'strategy'), 'matrix');
  const listed = itemsOf(entryOf(matrix, name)) as Node[];
  const included = itemsOf(entryOf(matrix, 'include')).map((item) => entryOf(item, name));
  return [...listed, ...included.flatMap((node) => (node ? [node] : []))];
}

/** The nodes that give a step its Go version: itself, or the values of the matrix that it names. */
function versionNodes(job: unknown, node: Node): Node[] {
  const name = /^\s*\$\{\{\s*matrix(?:\.([\w-]+)|\[['"]([^'"]+)['"]\])\s*\}\}\s*$/.exec(
    textOf(node)?.text ?? '',
  );
  return name ? matrixValues(job, name[1] ?? name[2] ?? '') : [node];
}

class Reader {
  readonly #source: SourceText;
  readonly declarations: Declaration[] = [];
  readonly findings: Finding[] = [];

  constructor(source: SourceText) {
    this.#source = source;
  }

  readStep(step: unknown, job: { readonly name: string; readonly node: unknown }): void {
    if (!/^actions\/setup-go(?:@|$)/.test(textOf(entryOf(step, 'uses'))?.text ?? '')) return;
    const inputs = entryOf(step, 'with');
    const version = entryOf(inputs, 'go-version');
    // Both given, setup-go takes go-version.
    if (version) for (const node of versionNodes(job.node, version)) this.#readVersion(node, job.name);
    else this.#readFile(entryOf(inputs, 'go-version-file'), job.name);
  }

  #readVersion(node: Node, job: string): void {
    const read = textOf(node);
    if (!read) return;
    const place = placeOf(this.#source, node);
    const { text, scalar } = read;
    const isNumber = typeof scalar.value === 'number';
    // YAML drops the last zero: what setup-go is given is 1.2.
    const value = isNumber ? String(scalar.value) : text.trim();
    if (isNumber && value !== text) {
      const message = `YAML reads ${text} as the number ${value}`;
      const hint = `put it in quotes: '${text}'`;
      this.findings.push(
        findingAt(place, { code: 'declare.unquoted-version', severity: 'error', message, hint }),
      );
    }
    const wish = value.includes('${{') ? ({ kind: 'unknown' } as const) : parseSetupGoVersion(value);
    if (wish) this.declarations.push({ source: 'GitHub Actions', what: `job ${job}`, value, wish, place });
    else this.findings.push(malformed(place, `go-version: "${value}" is no Go version or range`));
  }

  /** What the file says is read where it lies; here it is only said which one. */
  #readFile(node: Node | undefined, job: string): void {
    const text = textOf(node)?.text;
    if (node === undefined || text === undefined) return;
    const place = placeOf(this.#source, node);
    const what = `job ${job}, go-version-file`;
    this.declarations.push({ source: 'GitHub Actions', what, value: text, wish: { kind: 'unknown' }, place });
  }
}

/**
 * What the steps with actions/setup-go of a GitHub workflow ask for, matrices spelled out.
 * @see actions/setup-go, action.yml; GitHub documentation, workflow syntax
 */
export function parseWorkflow(text: string, file: string): ParsedFile {
  if (!text.includes('setup-go')) return { declarations: [], findings: [] };
  const { source, documents, findings } = parseYamlSource(text, file);
  const reader = new Reader(source);
  for (const document of documents) {
    for (const { name, value } of pairsOf(entryOf(document.contents, 'jobs'))) {
      for (const step of itemsOf(entryOf(value, 'steps'))) reader.readStep(step, { name, node: value });
    }
  }
  return { declarations: reader.declarations, findings: [...findings, ...reader.findings] };
}
