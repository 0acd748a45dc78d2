import type { Fleet } from './fleet.ts';
import type { Shop } from './shop.ts';

/** Where a story is played: a lab with gofleet in it, and namespaces with a deployment. */
export interface Stage {
  readonly fleet: () => Fleet;
  readonly openShop: (replicas?: number) => Promise<Shop>;
}
