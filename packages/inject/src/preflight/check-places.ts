import type { Finding } from '@gofleet/base/finding';
import { isAtOrBelow, normalizePath } from '@gofleet/declare/paths';
import type { CheckedContainer, CheckedTemplate } from './preflight-input.ts';

const sharedMemory = '/dev/shm';

type Mount = NonNullable<CheckedContainer['volumeMounts']>[number];

/** The pod's own mount that a path lies in: the innermost one. */
function mountOf(path: string, { volumeMounts = [] }: CheckedContainer): Mount | undefined {
  const around = volumeMounts.filter(({ mountPath }) => isAtOrBelow(path, normalizePath(mountPath)));
  return around.sort((a, b) => b.mountPath.length - a.mountPath.length)[0];
}

/**
 * Where the `go` command makes its work directory; `undefined` where the environment is not known.
 * @see Go src/cmd/go/internal/work/action.go NewBuilder (go1.26)
 */
function temporaryDirectory({ env = [], envFrom = [] }: CheckedContainer): string | undefined {
  const found = ['GOTMPDIR', 'TMPDIR'].flatMap((name) => env.find((each) => each.name === name) ?? [])[0];
  if (found) return found.value === undefined ? undefined : normalizePath(found.value);
  return envFrom.length > 0 ? undefined : '/tmp';
}

function obstacle(
  dir: string,
  container: CheckedContainer,
): [severity: Finding['severity'], words: string] | undefined {
  const mount = mountOf(dir, container);
  if (mount?.readOnly === true) return ['error', `the mount ${mount.mountPath} is read-only`];
  if (mount?.bindMountOptions?.includes('noexec'))
    return ['warning', `${mount.mountPath} is mounted noexec: go run and go test execute from there`];
  if (mount) return undefined;
  if (isAtOrBelow(dir, sharedMemory))
    return [
      'warning',
      'container runtimes give every pod a /dev/shm of 64 MiB that is mounted noexec: go run and go test execute from there',
    ];
  return container.securityContext?.readOnlyRootFilesystem === true
    ? ['warning', 'the root file system is read-only, and nothing of the pod is mounted there']
    : undefined;
}

/** Whether `go`, in a container of mode toolchain, has a directory that it can write to and execute from. */
export function checkTemporaryDirectory(container: CheckedContainer): Finding | undefined {
  const dir = temporaryDirectory(container);
  const [severity, words] = (dir !== undefined && obstacle(dir, container)) || [];
  if (dir === undefined || severity === undefined) return undefined;
  const where = isAtOrBelow(dir, sharedMemory) ? sharedMemory : dir;
  return {
    code: 'preflight.temporary-directory',
    severity,
    message: `${container.name}: go build makes its work directory in ${dir}, and ${words}`,
    facts: { container: container.name, path: dir },
    hint: `mount a volume at ${where}: emptyDir: {${where === sharedMemory ? 'medium: Memory, ' : ''}sizeLimit: 2Gi}; or set GOTMPDIR to a directory of one`,
  };
}

/** Said only where a pod's /dev/shm is not the usual one: programs may need it, gofleet does not. */
export function checkSharedMemory(
  container: CheckedContainer,
  { spec }: CheckedTemplate,
): Finding | undefined {
  const mount = mountOf(sharedMemory, container);
  if (mount?.readOnly !== true && spec.hostIPC !== true) return undefined;
  const what = mount?.readOnly === true ? 'is mounted read-only' : "is the node's own (hostIPC)";
  return {
    code: 'preflight.shared-memory',
    severity: 'info',
    message: `${container.name}: /dev/shm ${what}: no mode of gofleet writes there`,
    facts: { container: container.name },
    hint: 'nothing to do for gofleet; if its program wants it writable: emptyDir: {medium: Memory} at /dev/shm',
  };
}
