import { isAtOrBelow, normalizePath } from '@gofleet/declare/paths';
import { inPod } from '../toolchain/toolchain.ts';

/** Where the stand-in `go` and its socket lie, in the sandbox and in the containers that use it. */
export const sandboxRunDir = '/run/gofleet-sandbox';

/** Where the sandbox has things that only it mounts. */
export const inSandbox = {
  own: '/var/gofleet-sandbox',
  temporary: '/tmp',
  /** Where something is mounted already, the API server mounts no token. */
  token: '/var/run/secrets/kubernetes.io/serviceaccount',
} as const;

/** What it cannot do without: what is mounted, and from its image itself, its libraries and the program that loads them. */
const taken: readonly string[] = [
  ...[sandboxRunDir, inSandbox.own, inSandbox.token, inPod.root],
  ...['/gofleet', '/lib', '/lib64', '/usr/lib', '/usr/lib64'],
];

/** The place of the sandbox that a mount at a path would hide, or be hidden by. */
export function placeAt(mountPath: string): string | undefined {
  const path = normalizePath(mountPath);
  return taken.find((place) => isAtOrBelow(path, place) || isAtOrBelow(place, path));
}
