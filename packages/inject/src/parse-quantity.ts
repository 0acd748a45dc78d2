const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const pattern = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,3}))?$/;

/**
 * A quantity as Kubernetes writes it (`500m`, `1Gi`, `1e9`), in its base unit; `undefined` when it is none.
 * @see k8s.io/apimachinery/pkg/api/resource/quantity.go (1.36)
 */
export function parseQuantity(text: string | number): number | undefined {
  const match = pattern.exec(String(text).slice(0, 64));
  if (!match) return undefined;
  const [, number = '', suffix = '', exponent] = match;
  const factor = exponent === undefined ? (suffixes[suffix] ?? 1) : 10 ** Number(exponent);
  const value = Number(number) * factor;
  return Number.isFinite(value) ? value : undefined;
}
