import { existsSync } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import type { ImageContent, ImageFile } from '@gofleet/oci/docker-archive';
import { compilePodShim, podShimName } from '../builder/compile-pod-shim.ts';
import { findLocalGo } from '../local-go.ts';
import { imagePrograms, makeSandboxPrograms } from '../sandbox/sandbox-programs.ts';
import { version } from '../version.ts';
import { findBundle } from './find-bundle.ts';
import { listSharedLibraries } from './shared-libraries.ts';

/** The user that the roles run as which need no rights on the node. */
const nobody = 65532;

/** Roles are small and long-lived: without these they keep a third more memory than they use. */
export const roleEnvironment = {
  NODE_OPTIONS: '--max-semi-space-size=2',
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
} as const;

const certificateFiles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
];

async function requireFile(candidates: readonly string[], what: string): Promise<string> {
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return await realpath(found);
  throw new GofleetError(
    'image.missing-file',
    `${what}: expected at ${candidates.join(' or ')}, found nowhere`,
    {
      facts: { what },
      hint: 'install it on this machine; it is copied into the image',
    },
  );
}

/** As much of a Go release as fetches and starts other releases: no compiler, no library. */
async function bootstrapGo(): Promise<ImageFile[]> {
  const { path } = await findLocalGo();
  const root = await realpath(dirname(dirname(path)));
  const file = (name: string, mode: number) => ({
    path: `/gofleet/go/${name}`,
    source: join(root, name),
    mode,
  });
  // The checksum database's key is in the source of the `go` command.
  const key = file('src/cmd/go/internal/modfetch/key.go', 0o644);
  return [file('bin/go', 0o755), file('go.env', 0o644), file('VERSION', 0o644), key];
}

/** What stands for `go` in pods. */
async function podShim(): Promise<ImageFile[]> {
  return [{ path: `/gofleet/${podShimName}`, bytes: await compilePodShim(), mode: 0o755 }];
}

/** The node role mounts; the builder shows the `go` command the commit that an original was built at. */
const systemPrograms = ['mount', 'umount', 'git'];

async function programs(): Promise<ImageFile[]> {
  const named = systemPrograms.map(async (name) => ({
    path: `/usr/bin/${name}`,
    source: await requireFile([`/usr/bin/${name}`, `/bin/${name}`], name),
    // No set-user-ID bits: who may mount is root already.
    mode: 0o755,
  }));
  const node = { path: '/gofleet/node', source: await realpath(process.execPath), mode: 0o755 };
  const files = [node, ...(await Promise.all(named))];
  return [...files, ...(await listSharedLibraries(files.map(({ source }) => source)))];
}

async function system(): Promise<ImageFile[]> {
  const users = `root:x:0:0:root:/root:/sbin/nologin\ngofleet:x:${nobody}:${nobody}:gofleet:/tmp:/sbin/nologin\n`;
  return [
    { path: '/etc/passwd', bytes: users },
    { path: '/etc/group', bytes: `root:x:0:\ngofleet:x:${nobody}:\n` },
    {
      path: '/etc/ssl/certs/ca-certificates.crt',
      source: await requireFile(certificateFiles, 'certificates of the authorities that this machine trusts'),
      mode: 0o644,
    },
    { path: '/tmp', directory: true, mode: 0o1777 },
    // Mounted on by the node role.
    { path: '/run/gofleet/store', directory: true, mode: 0o755 },
    { path: '/var/lib/gofleet-builder', directory: true, mode: 0o755, uid: nobody, gid: nobody },
  ];
}

/** What the sandbox consists of besides the command line: compiled here, since the image has no compiler. */
async function sandboxPrograms(): Promise<ImageFile[]> {
  const { standIn, confine } = await makeSandboxPrograms(join(cacheRoot(), 'sandbox-programs'));
  return [standIn, confine].map((source) => ({
    ...{ path: `${imagePrograms}/${basename(source)}`, source, mode: 0o755 },
  }));
}

async function bundle(): Promise<ImageFile[]> {
  const folder = findBundle();
  const names = await readdir(folder, { recursive: true });
  return names
    .filter((name) => name.endsWith('.mjs'))
    .map((name) => ({ path: `/gofleet/${name}`, source: join(folder, name), mode: 0o644 }));
}

/**
 * What gofleet's own image holds: the Node.js that runs now with its libraries, mount, umount and git, the bootstrap Go, and in a
 * layer of its own the bundled command line, of which every role is a sub-command.
 * @throws `cli.no-c-compiler`, `image.missing-file`, `image.missing-library`, `image.no-bundle`, `cli.no-go`, `image.not-dynamic`
 */
export async function describeImage(repoTag: string): Promise<ImageContent> {
  const base = await Promise.all([programs(), bootstrapGo(), podShim(), sandboxPrograms(), system()]);
  return {
    repoTag,
    entrypoint: ['/gofleet/node', '/gofleet/gofleet.mjs'],
    user: `${nobody}:${nobody}`,
    env: {
      PATH: '/gofleet/go/bin:/usr/bin:/bin',
      GOROOT: '/gofleet/go',
      HOME: '/tmp',
      ...roleEnvironment,
    },
    labels: {
      'org.opencontainers.image.title': 'gofleet',
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.licenses': 'Apache-2.0',
    },
    layers: [base.flat(), await bundle()],
  };
}
