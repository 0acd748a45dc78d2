const decimal: Readonly<Record<string, number>> = {
  ...{ n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 },
};
const binary: readonly string[] = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

const pattern = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,3}))?$/;

/**
 * A quantity as Kubernetes writes it (`500m`, `1Gi`, `1e9`), in its base unit; `undefined` when it is none.
 * @see k8s.io/apimachinery/pkg/api/resource/quantity.go (1.36)
 */
export function parseQuantity(text: string | number): number | undefined {
  const match = pattern.exec(String(text).slice(0, 64));
  if (!match) return undefined;
  const [, number = '', suffix = '', exponent] = match;
  // Powers of ten as text: a product would not be the nearest number, and 9m not equal to 0.009.
  const scaled = Number(`${number}e${exponent ?? decimal[suffix] ?? 0}`);
  const value = scaled * 2 ** (10 * (binary.indexOf(suffix) + 1));
  return Number.isFinite(value) ? value : undefined;
}
