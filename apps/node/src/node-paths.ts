import { join } from 'node:path';
import { inCluster } from '@gofleet/inject/in-cluster';

/** A folder of the image, since the root file system may be read-only; what is mounted on it is seen by this container alone. */
export const readOnlyStore = '/run/gofleet/store';

/** The paths of a node plugin below kubelet's directory. */
export function pathsOf(kubeletDir: string) {
  const pluginDir = join(kubeletDir, 'plugins', inCluster.csiDriver);
  return {
    pluginDir,
    storeDir: join(pluginDir, 'store'),
    csiSocket: join(pluginDir, 'csi.sock'),
    registrationSocket: join(kubeletDir, 'plugins_registry', `${inCluster.csiDriver}-reg.sock`),
  };
}
