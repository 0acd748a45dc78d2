import type { InstallOptions } from './manifest.ts';
import { restrictedContainer } from './manifest.ts';

/** Where the store and the caches of the `go` command lie, in the builder and in each worker. */
export const builderDir = '/var/lib/gofleet-builder';
export const builderUserId = 65532;

/** Where modules come from. */
export function environmentOf({
  goproxy,
  gosumdb,
  gonosumdb,
}: InstallOptions): { name: string; value: string }[] {
  return [
    ...(goproxy === undefined ? [] : [{ name: 'GOPROXY', value: goproxy }]),
    ...(gosumdb === undefined ? [] : [{ name: 'GOSUMDB', value: gosumdb }]),
    ...(gonosumdb === undefined ? [] : [{ name: 'GONOSUMDB', value: gonosumdb }]),
  ];
}

/** The volume of {@link builderDir}. */
export function storageOf({ builderHostPath }: InstallOptions): Record<string, unknown> {
  return builderHostPath === undefined
    ? { name: 'store', emptyDir: {} }
    : { name: 'store', hostPath: { path: builderHostPath, type: 'DirectoryOrCreate' } };
}

/** A folder of the node belongs to root at first, and kubelet changes the owner of no hostPath. */
export function ownershipOf({ builderHostPath, image }: InstallOptions): Record<string, unknown>[] {
  if (builderHostPath === undefined) return [];
  return [
    {
      name: 'ownership',
      image,
      imagePullPolicy: 'IfNotPresent',
      command: [
        ...['/gofleet/node', '-e'],
        `require('fs').chownSync('${builderDir}', ${builderUserId}, ${builderUserId})`,
      ],
      securityContext: {
        ...restrictedContainer,
        runAsNonRoot: false,
        runAsUser: 0,
        capabilities: { drop: ['ALL'], add: ['CHOWN'] },
      },
      volumeMounts: [{ name: 'store', mountPath: builderDir }],
    },
  ];
}
