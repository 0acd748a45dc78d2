import { GofleetError } from './errors.ts';

const causes: Readonly<Record<string, readonly [code: string, says: string, hint: string]>> = {
  ENOSPC: [
    'filesystem.disk-full',
    'no space left on device',
    'make space, or point GOFLEET_CACHE to another disk',
  ],
  EDQUOT: [
    'filesystem.disk-full',
    'the quota is used up',
    'make space, or point GOFLEET_CACHE to another disk',
  ],
  EROFS: [
    'filesystem.no-permission',
    'the file system is read-only',
    'point GOFLEET_CACHE to a folder that you may write to',
  ],
  EACCES: [
    'filesystem.no-permission',
    'no permission to write',
    'point GOFLEET_CACHE to a folder that you may write to',
  ],
  EPERM: [
    'filesystem.no-permission',
    'no permission to write',
    'point GOFLEET_CACHE to a folder that you may write to',
  ],
};

/** What went wrong with writing to a path, as our error: `filesystem.disk-full`, `filesystem.no-permission`, `filesystem.cannot-write`. */
export function writeError(path: string, cause: unknown): GofleetError {
  const { code: errno = '', message = String(cause) } = cause as { code?: string; message?: string };
  const [code, says, hint] = causes[errno] ?? ['filesystem.cannot-write', message, undefined];
  return new GofleetError(code, `${path}: ${says}`, {
    facts: { path, errno },
    ...(hint === undefined ? {} : { hint }),
    cause,
  });
}
