import { errorToJson } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import { type GoBuild, goBuildsPath } from '@gofleet/inject/builds';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { createReflector, type Reflector, type ReflectorOptions } from '@gofleet/kube/reflector';

type Build = GoBuild & KubeObject;

/** Every GoBuild, by name, kept up to date once it is started. */
export function watchBuilds(
  client: KubeClient,
  log: Log,
  onChange: NonNullable<ReflectorOptions<Build>['onChange']>,
): Reflector<Build> {
  return createReflector<Build>({
    client,
    path: goBuildsPath,
    onChange,
    onError: (error, nextInMs) =>
      log('warn', 'watching GoBuilds failed', { error: errorToJson(error), nextInMs }),
  });
}
