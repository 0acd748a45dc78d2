import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ToolchainIdentity } from '@gofleet/build/relink';

/** The programs that decide what comes out of a build. */
const tools = ['asm', 'cgo', 'compile', 'link'];

/** The `h1:` hash of a release that the `go` command fetched, checked against the checksum database, in hexadecimal digits. */
async function readDirHash(goRoot: string, modCache: string): Promise<string | undefined> {
  const version = /^toolchain@(v0\.0\.1-.+)$/.exec(basename(goRoot))?.[1];
  if (version === undefined) return undefined;
  const path = join(modCache, 'cache/download/golang.org/toolchain/@v', `${version}.ziphash`);
  const sum = await readFile(path, 'utf8').catch(() => '');
  const base64 = /^h1:(\S+)$/.exec(sum.trim())?.[1];
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString('hex');
}

async function hashTool(path: string): Promise<string | undefined> {
  const content = await readFile(path).catch(() => undefined);
  return content && createHash('sha256').update(content).digest('hex');
}

/** What a Go installation is, by the content of its programs. */
export async function identifyToolchain(
  goRoot: string,
  { goVersion, modCache }: { readonly goVersion: string; readonly modCache: string },
): Promise<ToolchainIdentity> {
  const folder = join(goRoot, 'pkg', 'tool');
  const [platform = ''] = await readdir(folder).catch(() => []);
  const found: Record<string, string> = {};
  for (const tool of tools) {
    const sha256 = await hashTool(join(folder, platform, tool));
    if (sha256 !== undefined) found[tool] = sha256;
  }
  const dirHash = await readDirHash(goRoot, modCache);
  return { goVersion, ...(dirHash === undefined ? {} : { dirHash }), tools: found };
}
