import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { cacheRoot } from '@gofleet/filesystem/cache-root';

/** The folder of finished builds, one per recipe digest. */
export function buildsDir(): string {
  return join(cacheRoot(), 'lab', 'builds');
}

/** The folder that holds one folder per lab. */
export function clustersDir(): string {
  return join(cacheRoot(), 'lab', 'clusters');
}

/** Where locks lie: beside the labs, so that removing a lab does not remove the lock that is held. */
export function locksDir(): string {
  return join(cacheRoot(), 'lab', 'locks');
}

/**
 * The folder of a lab, whether or not it exists.
 *
 * @throws GofleetError `lab.bad-name`, `lab.path-too-long`
 */
export function clusterDir(name: string): string {
  if (!/^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/.test(name)) {
    throw new GofleetError(
      'lab.bad-name',
      `lab name ${JSON.stringify(name)}: expected up to 30 of a-z, 0-9 and "-"`,
      {
        facts: { name },
      },
    );
  }
  const dir = join(clustersDir(), name);
  // A socket's path has 108 bytes, and the sockets between the namespaces lie in this folder.
  if (Buffer.byteLength(dir) > 90) {
    throw new GofleetError(
      'lab.path-too-long',
      `lab folder ${dir}: expected at most 90 bytes for its sockets' sake`,
      {
        facts: { dir },
        hint: 'set GOFLEET_CACHE to a folder with a shorter path',
      },
    );
  }
  return dir;
}

/** The name of a lab's cgroup in every hierarchy: unique to the lab's folder, not only to its name. */
export function cgroupName(name: string): string {
  return `gofleet-${name}-${createHash('sha256').update(clusterDir(name)).digest('hex').slice(0, 8)}`;
}
