import { isAtOrBelow } from '@gofleet/declare/paths';

/** One line of `/proc/PID/mountinfo`. */
export interface Mount {
  /** Path of the mount's root inside its file system; of a bind-mounted file: the file. */
  readonly root: string;
  readonly mountPoint: string;
  /** Per-mount options, `ro,nosuid,…`. */
  readonly options: readonly string[];
  /** `ext4`, `nfs4`, `fuse.sshfs` …; empty when the line does not say. */
  readonly fileSystem: string;
}

/** A mount as the kernel lists it. */
export interface ListedMount extends Mount {
  /** Unique among all mounts of the system. */
  readonly id: number;
}

/** The kernel writes space, tab, newline and backslash as octal escapes. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

/**
 * The mounts that a mountinfo text lists, in the order they were made; lines of another shape are left out.
 * @see proc_pid_mountinfo(5)
 */
export function parseMountTable(text: string): ListedMount[] {
  return text.split('\n').flatMap((line) => {
    const [id, , , root, mountPoint, options, ...rest] = line.split(' ');
    if (root === undefined || mountPoint === undefined || options === undefined) return [];
    const fileSystem = rest[rest.indexOf('-') + 1] ?? '';
    return [
      {
        id: Number(id),
        root: unescapeOctal(root),
        mountPoint: unescapeOctal(mountPoint),
        options: options.split(','),
        fileSystem,
      },
    ];
  });
}

/** The mount that is visible at a path: the last one made there; `undefined` when the path is no mount point. */
export function findMount(mounts: readonly Mount[], path: string): Mount | undefined {
  return mounts.findLast(({ mountPoint }) => mountPoint === path);
}

/** The mount that a path lies in: of those whose mount point is the path or above it, the deepest, the last made. */
export function findMountOf<T extends Mount>(mounts: readonly T[], path: string): T | undefined {
  return mounts
    .filter(({ mountPoint }) => isAtOrBelow(path, mountPoint))
    .reduce<T | undefined>(
      (deepest, each) => (deepest && deepest.mountPoint.length > each.mountPoint.length ? deepest : each),
      undefined,
    );
}
