import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { createArtefactStore } from '@gofleet/filesystem/artefact-store';
import { bindFile, prepareReadOnlyView, readMounts, unbindFile } from '../mount/bind-file.ts';
import { downloadArtefact } from '../store/download-artefact.ts';
import { createObtain } from '../store/obtain-artefact.ts';
import { ToolchainTrees } from '../toolchains/toolchain-trees.ts';
import { servePlugin } from './plugin-server.ts';

// Run by the tests in a mount namespace of its own: testing-plugin.ts <kubelet-dir> <builder-url>
const [, , kubeletDir = '', builderUrl = ''] = process.argv;
const pluginDir = join(kubeletDir, 'plugins/csi.gofleet.dev');
const [storeDir, view] = [join(pluginDir, 'store'), join(kubeletDir, 'view')];
await mkdir(storeDir, { recursive: true });
await prepareReadOnlyView(storeDir, view);
const store = createArtefactStore({ dir: storeDir });
const obtain = createObtain({
  store: createArtefactStore({
    dir: storeDir,
    onFinding: ({ code }) => process.stdout.write(`${code}\n`),
  }),
  download: (artefact) => downloadArtefact(builderUrl, artefact),
  log: (_, message) => process.stdout.write(`${message}\n`),
});
const trees = new ToolchainTrees({
  ...{ dir: join(storeDir, 'toolchains'), obtain },
  dropArchive: (artefact) => store.remove(artefact),
  readMounts,
});
await servePlugin(
  {
    driver: 'csi.gofleet.dev',
    version: '0.0.0',
    nodeId: 'node-under-test',
    csiSocket: join(pluginDir, 'csi.sock'),
    registrationSocket: join(kubeletDir, 'plugins_registry/csi.gofleet.dev-reg.sock'),
  },
  {
    obtain: async (artefact) => join(view, relative(storeDir, await obtain(artefact))),
    obtainToolchain: async (artefact) => join(view, relative(storeDir, await trees.obtain(artefact))),
    bindFile,
    unbindFile,
    kubeletDir,
  },
  (_, message) => process.stdout.write(`${message}\n`),
);
process.stdout.write('ready\n');
