import { constants } from 'node:fs';
import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { maxArtefactBytes } from '@gofleet/build/ports';
import { inspectDynamic, inspectDynamicNames } from '@gofleet/filesystem/inspect-dynamic';
import { hashFile } from '@gofleet/filesystem/inspect-file';
import { findMountOf, parseMountTable } from '@gofleet/filesystem/mount-table';
import type { DynamicFacts, DynamicNames } from '@gofleet/identify/elf/read-dynamic';
import { isRuntimeLibrary } from '@gofleet/identify/elf/read-linkage';
import type { LibraryCheck, LibraryFacts } from '@gofleet/inject/library';
import { checkLibgo } from '@gofleet/verify/check-libgo';
import { KnownFiles, stampOf } from './known-files.ts';

/** The library of the Go runtime that a process has mapped. */
export interface MappedLibrary extends LibraryFacts {
  readonly pid: number;
  /** Whether it lies in the container's root file system, nothing mounted over it or above it. */
  readonly isOfImage: boolean;
}

/** More than a process with the most mappings that Linux allows by default has to say, as a rule. */
const maxMapsBytes = 16 << 20;
const maxKnown = 256;

/** The files that a `/proc/PID/maps` text has mapped to be executed, each once. @see proc_pid_maps(5) */
export function parseMappedFiles(maps: string): readonly string[] {
  const found = maps
    .split('\n')
    .map((line) => /^[0-9a-f]+-[0-9a-f]+ ..x. [0-9a-f]+ [0-9a-f]+:[0-9a-f]+ \d+ +(\/.*)$/.exec(line)?.[1]);
  return [...new Set(found.filter((path) => path !== undefined))];
}

async function readMaps(path: string): Promise<string> {
  const file = await open(path);
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of file.createReadStream({ autoClose: false, end: maxMapsBytes }))
      chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
  } finally {
    await file.close();
  }
}

const readStamp = async (file: FileHandle): Promise<string> => stampOf(await file.stat({ bigint: true }));

const notThere = (path: string, why: string): GofleetError =>
  new GofleetError('node.library-unreadable', `${path}: ${why}`, { facts: { path } });

const isUnreadable = (thrown: unknown): thrown is GofleetError =>
  isGofleetError(thrown) && thrown.code === 'node.library-unreadable';

async function hashLibrary(content: string, path: string): Promise<string> {
  try {
    return (await hashFile(content, { maxBytes: maxArtefactBytes })).sha256;
  } catch (thrown) {
    if (!isGofleetError(thrown) || thrown.code !== 'filesystem.too-large') throw thrown;
    throw notThere(path, thrown.message);
  }
}

/** Reads the libraries of the Go runtime that processes have mapped; the content of each once. */
export class LibraryReader {
  readonly #procDir: string;
  readonly #isWanted: (name: string) => boolean;
  readonly #hashes = new KnownFiles<string>(maxKnown);
  readonly #names = new KnownFiles<DynamicNames | undefined>(maxKnown);

  /** @param isWanted - whether a library that a program asks for is one that is looked for */
  constructor(procDir = '/proc', isWanted = isRuntimeLibrary) {
    this.#procDir = procDir;
    this.#isWanted = isWanted;
  }

  /**
   * The library that a process runs on: of those that it has mapped the one that its program asks for; `undefined` when it asks for none.
   * Rejects when the process is gone.
   * @throws `node.library-unreadable`
   */
  async read(pid: number): Promise<MappedLibrary | undefined> {
    const wanted = await this.#wantedBy(pid);
    if (wanted === undefined) return undefined;
    const paths = parseMappedFiles(await readMaps(`${this.#procDir}/${pid}/maps`));
    const isNamed = (path: string): boolean => basename(path).startsWith(wanted);
    const likely = [...paths.filter(isNamed), ...paths.filter((path) => !isNamed(path))];
    let problem = notThere(wanted, 'the program asks for it, and has not mapped it');
    for (const path of likely) {
      try {
        const found = await this.#within(pid, path, (file) => this.#identify(file, path, wanted));
        if (found) return { pid, path, soname: wanted, ...found };
      } catch (thrown) {
        if (!isUnreadable(thrown)) throw thrown;
        if (isNamed(path)) problem = thrown;
      }
    }
    // Rejects when nothing was found since the process is gone.
    await stat(`${this.#procDir}/${pid}/exe`);
    throw problem;
  }

  /** What stands against a library of this machine in the place of the one that a process runs on. */
  async check(mapped: MappedLibrary, next: string): Promise<Omit<LibraryCheck, 'artefact'>> {
    const { pid, path } = mapped;
    const program = inspectDynamic(`${this.#procDir}/${pid}/exe`);
    const current = await this.#within(pid, path, async ({ content }) => inspectDynamic(content));
    const replacement = { program, current, next: inspectDynamic(next) };
    const found = checkLibgo(replacement);
    const isOpen = found.length > 0 && found.every(({ severity }) => severity === 'warning');
    // What the new one asks of others besides is looked for among what is there.
    const loaded = isOpen ? await this.#loaded(pid) : undefined;
    const findings = loaded ? checkLibgo({ ...replacement, loaded }) : found;
    const of = (severity: string): readonly string[] =>
      findings.filter((each) => each.severity === severity).map(({ message }) => message);
    const notes = of('warning');
    return { problems: of('error'), ...(notes.length === 0 ? {} : { notes }) };
  }

  /** The name of the library that the program of a process asks for. */
  async #wantedBy(pid: number): Promise<string | undefined> {
    const file = await open(`${this.#procDir}/${pid}/exe`);
    try {
      return (await this.#namesOf(await readStamp(file), `/proc/self/fd/${file.fd}`))?.needed.find(
        this.#isWanted,
      );
    } finally {
      await file.close();
    }
  }

  async #identify(
    { stamp, content, isOfImage }: OpenedFile,
    path: string,
    wanted: string,
  ): Promise<{ readonly sha256: string; readonly isOfImage: boolean } | undefined> {
    const facts = this.#namesOf(stamp, content);
    // Libraries of -buildmode=shared have no name but their file's.
    const isIt = facts?.soname === wanted || (facts?.soname === '' && basename(path) === wanted);
    if (!isIt) return undefined;
    const sha256 = this.#hashes.get(stamp) ?? (await hashLibrary(content, path));
    this.#hashes.remember(stamp, sha256);
    return { sha256, isOfImage };
  }

  #namesOf(stamp: string, path: string): DynamicNames | undefined {
    if (this.#names.has(stamp)) return this.#names.get(stamp);
    const names = ifDynamic(() => inspectDynamicNames(path));
    this.#names.remember(stamp, names);
    return names;
  }

  /** Every library that a process has mapped; `undefined` when one of them cannot be read: it may have what is looked for. */
  async #loaded(pid: number): Promise<readonly DynamicFacts[] | undefined> {
    const paths = parseMappedFiles(await readMaps(`${this.#procDir}/${pid}/maps`));
    const all: DynamicFacts[] = [];
    for (const path of paths) {
      try {
        const facts = await this.#within(pid, path, async ({ content }) =>
          ifDynamic(() => inspectDynamic(content)),
        );
        if (facts) all.push(facts);
      } catch (thrown) {
        if (!isUnreadable(thrown)) throw thrown;
        // What is no library is memory that has a name, or code that the program made itself.
        if (/\.so\b/.test(basename(path))) return undefined;
      }
    }
    return all;
  }

  /**
   * Opens a file as a process sees it. Its own folders may be links that lead out of its container by now, so what was opened has to lie
   * in one of its mounts.
   * @see proc_pid_fdinfo(5), mnt_id
   */
  async #within<T>(pid: number, path: string, use: (opened: OpenedFile) => Promise<T>): Promise<T> {
    if (path.endsWith(' (deleted)')) throw notThere(path, 'its file is there no more');
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
    const file = await open(`${this.#procDir}/${pid}/root${path}`, flags).catch((thrown: Error) => {
      throw notThere(path, `it is not what was mapped: ${thrown.message}`);
    });
    try {
      const info = await readFile(`/proc/self/fdinfo/${file.fd}`, 'utf8');
      const id = Number(/^mnt_id:\s*(\d+)$/m.exec(info)?.[1]);
      const mounts = parseMountTable(await readFile(`${this.#procDir}/${pid}/mountinfo`, 'utf8'));
      const mount = mounts.find((each) => each.id === id);
      if (!mount) throw notThere(path, 'it leads out of the container');
      const isOfImage = mount.mountPoint === '/' && findMountOf(mounts, path)?.id === id;
      return await use({ content: `/proc/self/fd/${file.fd}`, stamp: await readStamp(file), isOfImage });
    } finally {
      await file.close();
    }
  }
}

/** A file of a container that is held open while it is read. */
interface OpenedFile {
  /** A path that leads to it and nothing else. */
  readonly content: string;
  readonly stamp: string;
  readonly isOfImage: boolean;
}

/** What reading a file gives; `undefined` for one that is not linked dynamically. */
function ifDynamic<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (thrown) {
    if (!isGofleetError(thrown) || !thrown.code.startsWith('identify.')) throw thrown;
    return undefined;
  }
}
