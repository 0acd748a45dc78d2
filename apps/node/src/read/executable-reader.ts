import { readFile, readlink, stat } from 'node:fs/promises';
import { isGofleetError } from '@gofleet/base/errors';
import { maxArtefactBytes } from '@gofleet/build/ports';
import { findMountOf, parseMountTable } from '@gofleet/filesystem/mount-table';
import type { BinaryFacts } from '@gofleet/identify/binary-facts';
import type { RuntimeVariables } from '@gofleet/inject/runtime-variables';
import type { ContainerProcess } from './container-processes.ts';
import { KnownFiles, stampOf } from './known-files.ts';
import { readEnvironment } from './read-environment.ts';
import { readSwitches } from './read-switches.ts';

/** What a running program is, read from its executable. */
export interface RunningExecutable {
  readonly pid: number;
  /** Inside the container, links resolved. */
  readonly path: string;
  /** 64 hexadecimal digits; empty of a file that is too large to be read. */
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Whether it lies in the container's root file system, nothing mounted over it or above it. */
  readonly isOfImage: boolean;
  /** Absent when it is no Go program. */
  readonly facts?: BinaryFacts;
  /** The variables of the Go runtime that the process began with. */
  readonly environment?: RuntimeVariables;
  /** Of what its operator was told, what the process began with. */
  readonly switches?: readonly string[];
  /** Why there are no facts. */
  readonly problem?: string;
}

/** A Go program, and all the processes that run it. */
export interface SharedExecutable
  extends Omit<RunningExecutable, 'pid' | 'problem' | 'environment' | 'switches'> {
  readonly facts: BinaryFacts;
  readonly pids: readonly number[];
}

/** How an executable is read. */
export interface ExecutablePorts {
  /** @throws `identify.…` */
  readonly inspectFile: (path: string) => Promise<BinaryFacts>;
  /** @throws `filesystem.too-large` of a file of more than `maxBytes` */
  readonly hashFile: (
    path: string,
    options?: { readonly maxBytes: number },
  ) => Promise<{ readonly sha256: string; readonly sizeBytes: number }>;
}

type Content = Omit<RunningExecutable, 'pid' | 'path' | 'isOfImage' | 'environment' | 'switches'>;

const maxKnown = 512;

const readFileStamp = async (path: string): Promise<string> => stampOf(await stat(path, { bigint: true }));

/** How a process that ended meanwhile shows itself. */
const gone = new Set(['ENOENT', 'ESRCH', 'EACCES', 'filesystem.not-found', 'filesystem.no-permission']);

/**
 * Between fork and exec a process of a container still is `runc init`, itself a Go program.
 * @see opencontainers/runc init.go, libcontainer/dmz
 */
async function isStarter(procDir: string, pid: number, path: string): Promise<boolean> {
  if (!/runc|crun|runsc/.test(path)) return false;
  const argv = (await readFile(`${procDir}/${pid}/cmdline`, 'utf8')).split('\0');
  return argv[1] === 'init';
}

async function readContent(exe: string, ports: ExecutablePorts): Promise<Content> {
  let file = { sha256: '', sizeBytes: 0 };
  try {
    file = await ports.hashFile(exe, { maxBytes: maxArtefactBytes });
    const facts = await ports.inspectFile(exe);
    if (facts.goVersion !== undefined) return { ...file, facts };
    return { ...file, problem: facts.problems[0] ?? 'the Go release inside cannot be read' };
  } catch (thrown) {
    if (isGofleetError(thrown) && thrown.code === 'filesystem.too-large')
      return { ...file, sizeBytes: Number(thrown.facts.sizeBytes), problem: thrown.message };
    if (!isGofleetError(thrown) || !thrown.code.startsWith('identify.')) throw thrown;
    return { ...file, problem: thrown.message };
  }
}

/** Reads the executables of processes; each content once. */
export class ExecutableReader {
  readonly #ports: ExecutablePorts;
  readonly #procDir: string;
  readonly #known = new KnownFiles<Content>(maxKnown);

  constructor(ports: ExecutablePorts, procDir = '/proc') {
    this.#ports = ports;
    this.#procDir = procDir;
  }

  /**
   * The program that a container's processes (main one first) run: the first Go program, else the main process. Never by
   * environment or name. `told` is what its operator was told, looked for in it. `undefined` when all have vanished or not begun: come again.
   */
  async readMain(
    processes: readonly ContainerProcess[],
    told: readonly string[] = [],
  ): Promise<RunningExecutable | undefined> {
    let first: RunningExecutable | undefined;
    for (const { pid } of processes) {
      const found = await this.#read(pid, told);
      if (found?.facts) return found;
      first ??= found;
    }
    return first;
  }

  /** Every Go program that the processes run, each content at each path once, with the processes that run it. */
  async readAll(processes: readonly ContainerProcess[]): Promise<SharedExecutable[]> {
    const found = new Map<string, SharedExecutable>();
    for (const { pid } of processes) {
      const read = await this.#read(pid, []);
      if (!read?.facts) continue;
      const { facts, path, sha256, sizeBytes, isOfImage } = read;
      const key = `${sha256} ${path}`;
      const pids = [...(found.get(key)?.pids ?? []), pid];
      found.set(key, { path, sha256, sizeBytes, isOfImage, facts, pids });
    }
    return [...found.values()];
  }

  async #read(pid: number, told: readonly string[]): Promise<RunningExecutable | undefined> {
    const exe = `${this.#procDir}/${pid}/exe`;
    try {
      const path = (await readlink(exe)).replace(/ \(deleted\)$/, '');
      if (await isStarter(this.#procDir, pid, path)) return undefined;
      const stamp = await readFileStamp(exe);
      const content = this.#known.get(stamp) ?? (await readContent(exe, this.#ports));
      // The process may have executed something else meanwhile.
      if ((await readFileStamp(exe)) !== stamp) return undefined;
      this.#known.remember(stamp, content);
      const environment = content.facts && (await readEnvironment(this.#procDir, pid));
      const switches = await readSwitches(this.#procDir, pid, told);
      return {
        ...{ pid, path, isOfImage: await this.#isOfImage(pid, path), ...content },
        ...(environment === undefined ? {} : { environment }),
        ...(switches.length === 0 ? {} : { switches }),
      };
    } catch (error) {
      const { code = '' } = error as { code?: string };
      if (gone.has(code)) return undefined;
      throw error;
    }
  }

  async #isOfImage(pid: number, path: string): Promise<boolean> {
    const mounts = parseMountTable(await readFile(`${this.#procDir}/${pid}/mountinfo`, 'utf8'));
    return findMountOf(mounts, path)?.mountPoint === '/';
  }
}
