import type { SwitchName } from '../go-runtime.ts';

/** How an operator is told: a flag on its command line, or a variable. */
export type Channel =
  | { readonly kind: 'argument'; readonly flag: string }
  | { readonly kind: 'variable'; readonly name: string };

/** On a pod or its template: `maxConcurrentReconciles=--max-concurrent-reconciles, priorityQueue=env:PRIORITY_QUEUE`. */
export const understandsAnnotation = 'gofleet.dev/understands';

export const switchNames = ['maxConcurrentReconciles', 'priorityQueue', 'featureGates'] as const;

/** Variables that mean something else to a program: its loader, its runtime, its client of the API server. */
const reserved = /^(PATH|HOME|LD_|GO|KUBE|SSL_|HTTPS?_|NO_PROXY)/;
const maxLength = 1024;

/** A channel from its text, `--flag` or `env:NAME`; `undefined` when it is neither. */
export function parseChannel(text: string): Channel | undefined {
  if (/^--?[A-Za-z][A-Za-z0-9-]{0,62}$/.test(text)) return { kind: 'argument', flag: text };
  const name = /^env:([A-Z][A-Z0-9_]{0,62})$/.exec(text)?.[1];
  return name === undefined || reserved.test(name) ? undefined : { kind: 'variable', name };
}

/** What a pod's annotation says that its operator understands; entries that cannot be read are named. */
export function parseUnderstands(annotation: string | undefined): {
  readonly channels: Partial<Record<SwitchName, string>>;
  readonly malformed: readonly string[];
} {
  if (annotation === undefined) return { channels: {}, malformed: [] };
  const entries = annotation.slice(0, maxLength).split(/[\s,]+/);
  const channels: Partial<Record<SwitchName, string>> = {};
  const malformed: string[] = [];
  for (const entry of entries.filter((each) => each !== '')) {
    const [key = '', ...rest] = entry.split('=');
    const name = switchNames.find((each) => each === key);
    const text = rest.join('=');
    if (name !== undefined && parseChannel(text)) channels[name] = text;
    else malformed.push(entry.slice(0, 60));
  }
  return { channels, malformed };
}
