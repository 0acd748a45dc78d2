import { GofleetError } from '@gofleet/base/errors';

/** Manifests without anything that a wish could be for. */
export function noPods(files: readonly string[]): GofleetError {
  return new GofleetError('cli.no-pods', `${files.join(', ')}: no Pod, and nothing that makes pods`, {
    facts: { files: files.join(', ') },
    hint: 'give a Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob or ClusterServiceVersion',
  });
}
