import { reachesGrade } from '@gofleet/build/grade';
import type { ArtefactStore } from '@gofleet/build/ports';
import type { RelinkPlan } from '@gofleet/build/relink';
import type { Bench, Proof } from './build-original.ts';
import { makeReady, prove } from './prove.ts';

/**
 * The proof of an original: the one that was made for an earlier target, with its source laid out again, else a new one. A proof that
 * falls short is made anew each time, since a better source may have appeared.
 * @throws as `prove`
 */
export async function recallProof(
  bench: Bench,
  plan: RelinkPlan,
  store: Pick<ArtefactStore, 'findProof' | 'recordProof'>,
): Promise<Proof> {
  const { proofKey, own } = plan;
  const known = proofKey === undefined ? undefined : await store.findProof(proofKey);
  if (known) {
    const { reproduction, source, linkFlags } = known;
    const ready = await makeReady(bench, source, { own, name: 'source' });
    return { reproduction, recipe: { ready, linkFlags } };
  }
  const proof = await prove(bench, plan);
  const { reproduction, recipe } = proof;
  if (proofKey !== undefined && reachesGrade(reproduction.grade, 'compiled-equal')) {
    const { ready, linkFlags } = recipe;
    await store.recordProof(proofKey, { reproduction, source: ready.source, linkFlags });
  }
  return proof;
}
