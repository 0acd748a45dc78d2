import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { labFiles } from './plan.ts';
import type { LabState } from './state.ts';

/**
 * Has the lab's container runtime trust a registry's certificate authority from its next pull on.
 * @param registry - host and port
 * @see https://github.com/containerd/containerd/blob/v2.4.2/docs/hosts.md
 */
export async function labTrustRegistry(
  { dir }: Pick<LabState, 'dir'>,
  registry: string,
  caPem: string,
): Promise<void> {
  const folder = join(labFiles(dir).registries, registry);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'ca.crt'), caPem);
  const server = JSON.stringify(`https://${registry}`);
  const ca = JSON.stringify(join(folder, 'ca.crt'));
  await writeFile(join(folder, 'hosts.toml'), `server = ${server}\n\n[host.${server}]\n  ca = ${ca}\n`);
}
