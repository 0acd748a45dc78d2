import type { Finding } from '@gofleet/base/finding';
import { renderBytes } from '@gofleet/base/units';
import { placeOf } from './fix-setting.ts';
import type { MachineFacts, NamedDirectory } from './machine.ts';

/** File systems whose locks do not reach other machines reliably, or at all. @see Go cmd/go/internal/cache Open (go1.26) */
const networkFileSystems =
  /^(?:nfs4?|cifs|smb3?|smbfs|ceph|9p|afs|coda|lustre|gpfs|beegfs|glusterfs|orangefs|fuse\.(?:sshfs|s3fs|rclone|glusterfs|ceph|gcsfuse|goofys|mountpoint-s3|juicefs|davfs|nfs))/;

/** A build of a middling service writes about a gigabyte. */
const leastFreeBytes = 1024 ** 3;
const leastFreeFiles = 20_000;

interface Place extends NamedDirectory {
  readonly machine: MachineFacts;
  /** `GOCACHE=/x in the environment`. */
  readonly says: string;
}

type Check = (place: Place) => Finding | undefined;

const elsewhere = ({ name }: Place): string => `export ${name}=/var/tmp/$USER/${name.toLowerCase()}`;

const finding = (
  { facts }: Place,
  parts: Pick<Finding, 'code' | 'severity' | 'message'> & { readonly hint: string },
): Finding => ({ ...parts, facts: { path: facts.path } });

const checkState: Check = (place) => {
  const { facts, name, says } = place;
  const { state, path } = facts;
  if (!path.startsWith('/')) {
    const message = `${says} is not an absolute path, which the go command refuses`;
    const hint = `export ${name}="$PWD/${path}"`;
    return finding(place, { code: 'build.directory-unusable', severity: 'error', message, hint });
  }
  if (state === 'directory' || (state === 'absent' && name !== 'GOTMPDIR')) return undefined;
  const why = {
    absent: 'is not there',
    'not-a-directory': 'is no directory',
    unreachable: 'cannot be reached',
  };
  const message = `${says} ${why[state === 'absent' ? 'absent' : state]}`;
  const hint = state === 'absent' ? `mkdir -p ${path}` : elsewhere(place);
  return finding(place, { code: 'build.directory-unusable', severity: 'error', message, hint });
};

const checkOwner: Check = (place) => {
  const { facts, machine, says } = place;
  const shared = facts.state !== 'directory' || facts.ownerUid === machine.uid || place.name === 'GOTMPDIR';
  if (machine.uid === undefined || shared) return undefined;
  return finding(place, {
    code: 'build.foreign-cache',
    severity: facts.writable ? 'warning' : 'error',
    message: `${says} belongs to user ${facts.ownerUid}: what one of you writes the other cannot always replace`,
    hint: `chown -R ${machine.uid} ${facts.path}   # or ${elsewhere(place)}`,
  });
};

const checkWritable: Check = (place) => {
  const { facts, says } = place;
  if (facts.writable || facts.state === 'not-a-directory' || facts.state === 'unreachable') return undefined;
  const readOnly = facts.mountOptions.includes('ro')
    ? `${facts.mountPoint} is mounted read-only`
    : 'no permission';
  const message = `${says} cannot be written to: ${readOnly}`;
  const hint = elsewhere(place);
  return finding(place, { code: 'build.directory-not-writable', severity: 'error', message, hint });
};

const checkNetwork: Check = (place) => {
  const { facts, says, name } = place;
  if (!networkFileSystems.test(facts.fileSystem)) return undefined;
  const harm =
    name === 'GOTMPDIR' ? 'every build is as slow as the network' : 'Go does not keep it whole there';
  return finding(place, {
    code: 'build.network-file-system',
    severity: name === 'GOTMPDIR' ? 'warning' : 'error',
    message: `${says} lies on a network file system (${facts.fileSystem} at ${facts.mountPoint}): ${harm}`,
    hint: elsewhere(place),
  });
};

const checkSpace: Check = (place) => {
  const { facts, says, name } = place;
  const { freeBytes, freeFiles, mountPoint } = facts;
  const noFiles = freeFiles !== undefined && freeFiles < leastFreeFiles;
  if (freeBytes >= leastFreeBytes && !noFiles) return undefined;
  const left = freeBytes < leastFreeBytes ? renderBytes(freeBytes) : `room for ${freeFiles} files`;
  const hint = name === 'GOMODCACHE' ? 'go clean -modcache' : 'gofleet cache trim --max 2GB';
  return finding(place, {
    code: 'build.no-space',
    severity: 'warning',
    message: `${says}: ${left} left on ${mountPoint}`,
    hint: name === 'GOTMPDIR' ? elsewhere(place) : hint,
  });
};

const checkExecutable: Check = (place) => {
  const { facts, says, name } = place;
  // `go test` and `go run` start what they built in there; the caches hold programs of `go run` and `go tool`.
  if (name === 'GOMODCACHE' || !facts.mountOptions.includes('noexec')) return undefined;
  return finding(place, {
    code: 'build.noexec',
    severity: name === 'GOTMPDIR' ? 'error' : 'warning',
    message: `${says} lies on ${facts.mountPoint}, mounted noexec: what is built there cannot be started`,
    hint: elsewhere(place),
  });
};

const checks: readonly Check[] = [
  checkState,
  checkOwner,
  checkWritable,
  checkNetwork,
  checkSpace,
  checkExecutable,
];

/** Whether builds can use the directories that they write to. */
export function checkDirectories(machine: MachineFacts): Finding[] {
  return machine.directories.flatMap((directory) => {
    const says = `${directory.name}=${directory.facts.path} (${placeOf(machine.settings(directory.name))})`;
    const place = { ...directory, machine, says };
    return checks.flatMap((check) => check(place) ?? []);
  });
}
