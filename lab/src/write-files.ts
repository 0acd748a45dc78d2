import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addresses, apiServerNames } from './addresses.ts';
import { kubeconfigOf } from './components.ts';
import { createIdentities, type Role, renderTokenFile } from './identities.ts';
import { kubeletSysctls } from './isolate.ts';
import { writeJson } from './json-file.ts';
import { type LabPlan, labFiles } from './plan.ts';
import * as render from './render-config.ts';

/** Writes everything that a lab's processes read; answers the plan with its tokens. */
export async function writeLabFiles(
  plan: Omit<LabPlan, 'adminToken'>,
): Promise<{ plan: LabPlan; caPem: string }> {
  const files = labFiles(plan.dir);
  const folders = [
    files.pki,
    files.config,
    files.logs,
    files.etcd,
    files.containerd,
    files.kubelet,
    files.podLogs,
  ];
  const more = [
    files.containerLogs,
    files.registries,
    files.cni,
    join(files.cni, 'cache'),
    join(files.cni, 'leases'),
    files.sysctl,
  ];
  await mkdir(plan.dir, { recursive: true, mode: 0o755 });
  await Promise.all([...folders, ...more].map((dir) => mkdir(dir, { recursive: true, mode: 0o700 })));
  const identities = createIdentities(plan.nodeName);
  const complete: LabPlan = { ...plan, adminToken: identities.admin.token };
  // Loaded here, for it takes a while and only a start needs it.
  const { writeClusterPki } = await import('./pki.ts');
  const caPem = await writeClusterPki(files.pki, { apiServerNames, now: new Date() });
  const server = `https://${addresses.node}:${addresses.apiPort}`;
  const secret = { mode: 0o600 };
  await Promise.all([
    writeJson(files.plan, complete, 0o600),
    writeFile(join(files.config, 'tokens.csv'), renderTokenFile(identities), secret),
    writeFile(join(files.config, 'containerd.toml'), render.renderContainerdConfig(complete)),
    writeFile(join(files.config, 'kubelet.json'), render.renderKubeletConfig(complete)),
    writeFile(join(files.config, 'Corefile'), render.renderCorefile(kubeconfigOf(complete, 'dns'))),
    writeFile(join(files.config, 'resolv.conf'), `nameserver ${addresses.dnsService}\n`),
    writeFile(join(files.cni, '10-lab.conflist'), render.renderCniConfig(complete)),
    ...Object.entries(kubeletSysctls).map(([name, value]) =>
      writeFile(join(files.sysctl, name.replaceAll('/', '.')), `${value}\n`),
    ),
    ...Object.entries(identities).map(([role, { token }]) =>
      writeFile(
        kubeconfigOf(complete, role as Role),
        render.renderKubeconfig({ name: role, server, caPem, token }),
        secret,
      ),
    ),
  ]);
  return { plan: complete, caPem };
}
