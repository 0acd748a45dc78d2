import type { ArtefactStore } from '@gofleet/build/ports';
import type { RelinkPlan } from '@gofleet/build/relink';
import type { Bench, Proof } from './build-original.ts';
import { makeReady, prove } from './prove.ts';

/** The proof of an original that was made for an earlier target, with its source laid out again. @throws as `makeReady` */
export async function recallProof(
  bench: Bench,
  { proofKey, own }: RelinkPlan,
  store: Pick<ArtefactStore, 'findProof'>,
): Promise<Proof | undefined> {
  const known = proofKey === undefined ? undefined : await store.findProof(proofKey);
  if (!known) return undefined;
  const { reproduction, source, linkFlags } = known;
  const ready = await makeReady(bench, source, { own, name: 'source' });
  return { reproduction, recipe: { ready, linkFlags } };
}

/**
 * Proves an original, and remembers it when it is proven bit for bit: anything less may be bettered by a source or a file that is there
 * another time.
 * @throws as `prove`
 */
export async function proveOnce(
  bench: Bench,
  plan: RelinkPlan,
  store: Pick<ArtefactStore, 'recordProof'>,
): Promise<Proof> {
  const proof = await prove(bench, plan);
  const { reproduction, recipe } = proof;
  if (plan.proofKey !== undefined && reproduction.grade === 'proven') {
    const { ready, linkFlags } = recipe;
    await store.recordProof(plan.proofKey, { reproduction, source: ready.source, linkFlags });
  }
  return proof;
}
