import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/** What changes when a file's content does: `dev:ino:size:mtime:ctime`, times in nanoseconds. */
export async function readFileStamp(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Remembers which files were hashed, so that each content is read once. */
export interface FileVerifier {
  /** Whether the content has the hash; a file is read only when its stamp is new. False for an absent file. */
  verify(path: string, sha256: string): Promise<boolean>;
  /** Takes it as known that the content, as it is now, has the hash. */
  trust(path: string, sha256: string): Promise<void>;
}

/** A verifier that knows nothing yet. */
export function createFileVerifier(): FileVerifier {
  const known = new Map<string, string>();
  const trust = async (path: string, sha256: string) => {
    known.set(path, `${sha256} ${await readFileStamp(path)}`);
  };
  return {
    trust,
    verify: async (path, sha256) => {
      try {
        if (known.get(path) === `${sha256} ${await readFileStamp(path)}`) return true;
        const before = await readFileStamp(path);
        if ((await hashFile(path)) !== sha256 || (await readFileStamp(path)) !== before) return false;
        known.set(path, `${sha256} ${before}`);
        return true;
      } catch (error) {
        known.delete(path);
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
        throw error;
      }
    },
  };
}
