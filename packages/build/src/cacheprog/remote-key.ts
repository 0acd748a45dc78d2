import { isSha256, type Sha256 } from '@gofleet/base/digest';
import { GofleetError } from '@gofleet/base/errors';
import { type Namespace, parseNamespace } from './namespace.ts';

/** What a remote cache holds: bundles of objects, and lists of which action is in which bundle. */
export const remoteKinds = ['bundles', 'index'] as const;
export type RemoteKind = (typeof remoteKinds)[number];

/** A thing in a remote cache; it is named by the sha256 of its bytes, so it never changes. */
export interface RemoteKey {
  readonly namespace: Namespace;
  readonly kind: RemoteKind;
  readonly sha256: Sha256;
}

/** `prod/bundles/<sha256>` */
export function renderRemoteKey({ namespace, kind, sha256 }: RemoteKey): string {
  return `${namespace}/${kind}/${sha256}`;
}

/**
 * A key from its path.
 * @throws `build.malformed-remote-key`, `build.malformed-namespace`
 */
export function parseRemoteKey(text: string): RemoteKey {
  const [namespace = '', kind, sha256 = '', ...more] = text.split('/');
  const known = remoteKinds.find((name) => name === kind);
  if (known !== undefined && isSha256(sha256) && more.length === 0) {
    return { namespace: parseNamespace(namespace), kind: known, sha256 };
  }
  throw new GofleetError(
    'build.malformed-remote-key',
    `expected NAMESPACE/bundles/SHA256 or NAMESPACE/index/SHA256, found "${text.slice(0, 160)}"`,
  );
}

/** No thing in a remote cache is longer. */
export const maxRemoteBytes = 64 << 20;
