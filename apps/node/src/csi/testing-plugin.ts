import { basename, join } from 'node:path';
import { bindFile, prepareReadOnlyView, unbindFile } from '../mount/bind-file.ts';
import { ArtefactCache } from '../store/artefact-cache.ts';
import { downloadArtefact } from '../store/download-artefact.ts';
import { servePlugin } from './plugin-server.ts';

// Run by the tests in a mount namespace of its own: testing-plugin.ts <kubelet-dir> <builder-url>
const [, , kubeletDir = '', builderUrl = ''] = process.argv;
const pluginDir = join(kubeletDir, 'plugins/csi.gofleet.dev');
const cache = new ArtefactCache({
  dir: join(pluginDir, 'store'),
  download: (artefact) => downloadArtefact(builderUrl, artefact),
  onFinding: ({ code }) => process.stdout.write(`${code}\n`),
});
await cache.open();
const view = join(kubeletDir, 'view');
await prepareReadOnlyView(join(pluginDir, 'store'), view);
await servePlugin(
  {
    driver: 'csi.gofleet.dev',
    version: '0.0.0',
    nodeId: 'node-under-test',
    csiSocket: join(pluginDir, 'csi.sock'),
    registrationSocket: join(kubeletDir, 'plugins_registry/csi.gofleet.dev-reg.sock'),
  },
  {
    artefacts: { obtain: async (artefact) => join(view, basename(await cache.obtain(artefact))) },
    bindFile,
    unbindFile,
    kubeletDir,
  },
  () => undefined,
);
process.stdout.write('ready\n');
