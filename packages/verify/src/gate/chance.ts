/** Below this chance something is no accident. */
export const significance = 0.01;

/** The chance of at least `seen` events where `expected` happen on average, independently of each other (Poisson). */
export function chanceOfEvents(seen: number, expected: number): number {
  if (seen <= 0) return 1;
  if (expected <= 0) return 0;
  let term = Math.exp(-expected);
  // Far from zero the distribution is close to a normal one, and its terms underflow.
  if (term === 0) return upperNormal((seen - 0.5 - expected) / Math.sqrt(expected));
  let below = 0;
  for (let events = 0; events < seen; events += 1) {
    below += term;
    term *= expected / (events + 1);
  }
  return Math.max(0, 1 - below);
}

/** The chance of at least `seen` hits in `trials`, each with the chance `share` (binomial). */
export function chanceOfHits(seen: number, trials: number, share: number): number {
  if (seen <= 0) return 1;
  if (seen > trials) return 0;
  const expected = trials * share;
  // The terms underflow where there are so many trials that the distribution is close to a normal one.
  if (expected > 500) return upperNormal((seen - 0.5 - expected) / Math.sqrt(expected * (1 - share)));
  let term = (1 - share) ** trials;
  let below = 0;
  for (let hits = 0; hits < seen; hits += 1) {
    below += term;
    term *= ((trials - hits) / (hits + 1)) * (share / (1 - share));
  }
  return Math.max(0, 1 - below);
}

/** The chance that a standard normal value exceeds `z`. @see Abramowitz and Stegun 26.2.17, error below 7.5e-8 */
function upperNormal(z: number): number {
  if (z < 0) return 1 - upperNormal(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
}
