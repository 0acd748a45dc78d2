import { type CountOrPercent, countOf } from './rollout-spec.ts';

/**
 * How many of `total` workloads have begun by the end of each wave: rising, the last one is all of them. Waves that would add none are
 * left out, so that a fleet of one has one wave.
 */
export function waveSizes(waves: readonly CountOrPercent[], total: number): readonly number[] {
  const sizes = [...waves.map((size) => Math.min(countOf(size, total), total)), total];
  return sizes.filter((size, index) => size > Math.max(0, ...sizes.slice(0, index)));
}
