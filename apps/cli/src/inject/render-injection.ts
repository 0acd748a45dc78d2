import { styleText } from 'node:util';
import type { Outcome } from '@gofleet/inject/explain-injection';
import { renderTable } from '../render-table.ts';
import type { InjectedObject } from './inject-manifests.ts';

const colours: Readonly<Record<Outcome, 'red' | 'green' | 'yellow' | 'dim'>> = {
  refused: 'red',
  injected: 'green',
  waiting: 'yellow',
  unchanged: 'dim',
};

function rowsOf({ kind, namespace, name, containers }: InjectedObject): string[][] {
  return containers.map(({ container, runtime, overruled, outcome, reasons }) => [
    `${kind} ${namespace}/${name}`,
    container,
    runtime ?? '-',
    outcome,
    [
      ...reasons,
      ...(overruled.length === 0 ? [] : [`overrules the younger GoRuntime ${overruled.join(', ')}`]),
    ].join('; '),
  ]);
}

/** What was done to each container and why, as a table; `stream` decides about colours. */
export function renderInjection(objects: readonly InjectedObject[], stream: NodeJS.WriteStream): string {
  const table = renderTable(['OBJECT', 'CONTAINER', 'GORUNTIME', 'OUTCOME', 'WHY'], objects.flatMap(rowsOf));
  const outcomes = new RegExp(` (${Object.keys(colours).join('|')}) `, 'g');
  const paint = (line: string): string =>
    line.replace(outcomes, (_, word: Outcome) => ` ${styleText(colours[word], word, { stream })} `);
  return table.split('\n').map(paint).join('\n');
}
