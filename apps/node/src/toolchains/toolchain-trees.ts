import { hash, randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, open, readdir, rename } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { isSha256, type Sha256 } from '@gofleet/base/digest';
import { GofleetError } from '@gofleet/base/errors';
import { SingleFlight } from '@gofleet/base/single-flight';
import type { StoredArtefact } from '@gofleet/build/ports';
import { hashTree } from '@gofleet/filesystem/hash-tree';
import type { Mount } from '@gofleet/filesystem/mount-table';
import { publishToolchain } from '@gofleet/filesystem/publish-toolchain';
import { removeTree, withStaging } from '@gofleet/filesystem/staging';
import {
  filesFile,
  hostPlatform,
  readToolchainRecord,
  recordFile,
} from '@gofleet/filesystem/toolchain-store';
import { unpackZip } from '@gofleet/filesystem/unpack-zip';
import { toolchainModule } from '@gofleet/resolve/choose-toolchain';
import { hashFiles } from '@gofleet/resolve/dirhash';
import { parseToolchainName } from '@gofleet/resolve/platform';
import { moduleFiles, renderFileList } from '@gofleet/resolve/toolchain/file-list';
import type { Obtain } from '../store/obtain-artefact.ts';

export interface ToolchainTreesOptions {
  /** Where the trees lie: `<2>/<62>` of the sha256 of each module. */
  readonly dir: string;
  /** The module, a zip, its content verified. */
  readonly obtain: Obtain;
  /** Takes the zip away when it is unpacked. */
  readonly dropArchive: (artefact: Sha256) => Promise<void>;
  readonly readMounts: () => Promise<readonly Mount[]>;
}

/** What all names in the zip of a toolchain module begin with. */
const versionInName = /golang\.org\/toolchain@(v0\.0\.1-go[0-9a-z.-]*)\//;

/** The version of the module whose zip this is, from the name of its first file. */
async function moduleVersionOf(zip: string): Promise<string> {
  const file = await open(zip);
  const { buffer } = await file.read(Buffer.alloc(512), 0, 512, 0).finally(() => file.close());
  const version = versionInName.exec(buffer.toString('latin1'))?.[1];
  if (version !== undefined) return version;
  throw new GofleetError('node.no-toolchain', `${zip} is no module of a Go release`, {
    facts: { path: zip },
  });
}

/** Go releases of this node, unpacked, read-only, by the sha256 of the module that they came in. */
export class ToolchainTrees {
  readonly #options: ToolchainTreesOptions;
  readonly #inFlight = new SingleFlight<string>();

  constructor(options: ToolchainTreesOptions) {
    this.#options = options;
  }

  pathOf(artefact: string): string {
    return join(this.#options.dir, artefact.slice(0, 2), artefact.slice(2));
  }

  /**
   * The folder of a release, a GOROOT; unpacked when it is not there yet.
   * @throws those of `Obtain`, `node.no-toolchain`, `filesystem.corrupt-archive`, `filesystem.disk-full`
   */
  obtain(artefact: Sha256): Promise<string> {
    return this.#inFlight.run(artefact, () => this.#obtain(artefact));
  }

  async list(): Promise<readonly string[]> {
    const { dir } = this.#options;
    const folders = await readdir(dir).catch(() => []);
    const names = await Promise.all(
      folders
        .filter((folder) => /^[0-9a-f]{2}$/.test(folder))
        .map(async (folder) => (await readdir(join(dir, folder))).map((name) => `${folder}${name}`)),
    );
    return names.flat().filter((name) => isSha256(name));
  }

  async get(artefact: string): Promise<StoredArtefact | undefined> {
    const path = this.pathOf(artefact);
    const record = await readToolchainRecord(path);
    return record && { path, sha256: artefact as Sha256, sizeBytes: record.sizeBytes };
  }

  /** Whether the files of a release are those that were unpacked, read afresh. */
  async isSound(path: string): Promise<boolean> {
    const record = await readToolchainRecord(path);
    const leaveOut = (file: string): boolean => file === recordFile || file === filesFile;
    const files = await hashTree(path, { leaveOut });
    return record?.filesSha256 === hash('sha256', renderFileList(files), 'hex');
  }

  /** Takes a release away; where it is mounted it stays whole, under another name. */
  async remove(artefact: string): Promise<void> {
    const path = this.pathOf(artefact);
    if (!(await lstat(path).catch(() => undefined))) return;
    await mkdir(this.#removedDir, { recursive: true });
    // A folder that is moved is written to: its parent is another one.
    await chmod(path, 0o755);
    await rename(path, join(this.#removedDir, `${artefact}-${randomBytes(6).toString('hex')}`));
    await this.sweep();
  }

  /** Deletes releases that were taken away, and that no pod sees any more. */
  async sweep(): Promise<void> {
    const names = await readdir(this.#removedDir).catch(() => []);
    if (names.length === 0) return;
    const mounted = new Set((await this.#options.readMounts()).map(({ root }) => basename(root)));
    for (const name of names.filter((each) => !mounted.has(each)))
      await removeTree(join(this.#removedDir, name));
  }

  get #removedDir(): string {
    return join(this.#options.dir, 'removed');
  }

  async #obtain(artefact: Sha256): Promise<string> {
    const target = this.pathOf(artefact);
    if (await lstat(target).catch(() => undefined)) return target;
    const zip = await this.#options.obtain(artefact);
    await this.#unpack(zip, { artefact, target });
    await this.#options.dropArchive(artefact);
    return target;
  }

  async #unpack(zip: string, { artefact, target }: { artefact: Sha256; target: string }): Promise<void> {
    const version = await moduleVersionOf(zip);
    const named = parseToolchainName(version.replace(/^v0\.0\.1-/, ''));
    if (!named || named.platform.arch !== hostPlatform().arch || named.platform.os !== 'linux')
      throw new GofleetError('node.no-toolchain', `${version} does not run on this node`, {
        facts: { artefact },
      });
    await mkdir(dirname(target), { recursive: true });
    await withStaging(dirname(target), async ({ dir }) => {
      const files = await unpackZip({ zip, dir, prefix: `${toolchainModule}@${version}/` });
      await publishToolchain({
        ...{ dir, target, files, isDurable: true },
        record: {
          ...named,
          source: { kind: 'module', from: 'gofleet builder' },
          // The builder has asked the database; this node knows that it got the bytes that the builder named.
          proof: { kind: 'none', by: 'sha256 of the module' },
          h1: hashFiles(moduleFiles(files, version)),
          sha256: artefact,
        },
      });
    });
  }
}

/** The sha256 of the module whose tree a path below a folder of trees is, as the mount table of a node writes it. */
export function artefactOfTree(path: string): string | undefined {
  const parts = path.split(sep);
  const artefact = parts.slice(-2).join('');
  return parts.at(-3) === 'toolchains' && isSha256(artefact) ? artefact : undefined;
}
