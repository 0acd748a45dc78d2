import { type GofleetError, isGofleetError } from '@gofleet/base/errors';

const refusals = ['kube.invalid', 'kube.bad-request', 'kube.forbidden'];

/** Whether the API server, or a policy of the cluster, refused to write one object: what is written to others may well pass. */
export function isRefused(thrown: unknown): thrown is GofleetError {
  return isGofleetError(thrown) && refusals.includes(thrown.code);
}
