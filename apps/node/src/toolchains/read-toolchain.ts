import { readFile } from 'node:fs/promises';
import { parseMountTable } from '@gofleet/filesystem/mount-table';
import type { ToolchainFacts } from '@gofleet/inject/toolchain';
import { artefactOfTree } from './toolchain-trees.ts';

const maxPathLength = 4096;

/** Those paths of a `/proc/PID/environ` text, the first PATH. All other variables may be secrets and are not looked at. */
function searchPathOf(environ: string): string | undefined {
  const entry = environ.split('\0').find((each) => each.startsWith('PATH='));
  return entry?.slice('PATH='.length, 'PATH='.length + maxPathLength);
}

/** The release of a tree: the first line of its VERSION file. */
async function releaseOf(tree: string): Promise<string | undefined> {
  const text = await readFile(`${tree}/VERSION`, 'utf8').catch(() => '');
  return /^go[0-9][0-9a-z.]*/.exec(text)?.[0];
}

/**
 * What a process sees of Go releases of ours: those that the kernel lists among its mounts, read-only, named by the VERSION file of what
 * is mounted. Nothing is read through the container's own file system. Rejects when the process is gone.
 * @param treeOf - the folder of a tree on this node
 * @see proc_pid_mountinfo(5)
 */
export async function readToolchain(
  process: { readonly procDir: string; readonly pid: number },
  treeOf: (artefact: string) => string,
): Promise<ToolchainFacts> {
  const folder = `${process.procDir}/${process.pid}`;
  const [mountinfo, environ] = await Promise.all([
    readFile(`${folder}/mountinfo`, 'utf8'),
    readFile(`${folder}/environ`, 'utf8'),
  ]);
  const mounts = await Promise.all(
    parseMountTable(mountinfo).map(async ({ root, mountPoint, options }) => {
      const artefact = artefactOfTree(root);
      const goVersion = artefact && options.includes('ro') ? await releaseOf(treeOf(artefact)) : undefined;
      return goVersion === undefined ? [] : [{ path: mountPoint, goVersion }];
    }),
  );
  const searchPath = searchPathOf(environ);
  return { mounts: mounts.flat(), ...(searchPath === undefined ? {} : { searchPath }) };
}
