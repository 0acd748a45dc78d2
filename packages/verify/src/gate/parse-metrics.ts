/** One sample of a family in the Prometheus text format. */
export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Programs with more samples of the asked families than this are cut off. */
const maxSamples = 50_000;
const line =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?[ \t]+(\S+)(?:[ \t]+\S+)?[ \t]*(?:#.*)?$/;
const label = /([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"/g;
const escapes: Readonly<Record<string, string>> = { n: '\n', '"': '"', '\\': '\\' };

function numberFrom(text: string): number {
  if (/^[+]?Inf$/i.test(text)) return Number.POSITIVE_INFINITY;
  return /^-Inf$/i.test(text) ? Number.NEGATIVE_INFINITY : Number(text);
}

function labelsOf(text: string): Record<string, string> {
  const plainText = (value: string): string =>
    value.replace(/\\(.)/g, (all, escaped: string) => escapes[escaped] ?? all);
  return Object.fromEntries(
    [...text.matchAll(label)].map(([, name = '', value = '']) => [name, plainText(value)]),
  );
}

/**
 * The samples whose name begins with one of the prefixes, from a text as Prometheus scrapes it (text 0.0.4, and OpenMetrics as far as
 * these lines go). Lines that are no samples are passed over.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function parseMetrics(text: string, prefixes: readonly string[]): readonly MetricSample[] {
  const samples: MetricSample[] = [];
  for (const row of text.split('\n')) {
    if (!prefixes.some((prefix) => row.startsWith(prefix)) || row.length > 10_000) continue;
    const match = line.exec(row.trimEnd());
    const value = numberFrom(match?.[3] ?? 'x');
    if (!match || Number.isNaN(value)) continue;
    samples.push({ name: match[1] ?? '', labels: labelsOf(match[2] ?? ''), value });
    if (samples.length >= maxSamples) break;
  }
  return samples;
}
