import { type Injection, inCluster, isMounted, isToolchain } from '../go-runtime.ts';
import { inPod, type ToolchainInjection } from '../toolchain/toolchain.ts';

/** Something that an injection mounts into a container. */
export interface InjectedMount {
  readonly container: string;
  readonly mountPath: string;
  readonly readOnly: boolean;
  /** Mounts with the same key share a volume. */
  readonly key: string;
  /** The volume but for its name. */
  readonly source: Readonly<Record<string, unknown>>;
}

/** A read-only volume of the node plugin. */
function fromNode(key: string, volumeAttributes: Readonly<Record<string, string>>) {
  return {
    key,
    readOnly: true,
    source: { csi: { driver: inCluster.csiDriver, readOnly: true, volumeAttributes } },
  };
}

const file = (artefact: string) => fromNode(artefact, { artefact });

/** A Go release as a folder: the toolchain module with this sha256, unpacked. */
const release = ({ goVersion, artefact }: { readonly goVersion: string; readonly artefact: string }) =>
  fromNode(`${goVersion} ${artefact}`, { toolchain: goVersion, artefact });

function mountsOfToolchain({
  container,
  releases,
  shim,
  goRoot,
  cacheSizeLimit,
  path,
}: ToolchainInjection): InjectedMount[] {
  const [standard] = releases;
  return [
    ...releases.map((each) => ({ container, mountPath: `${path}/${each.goVersion}`, ...release(each) })),
    ...['go', 'gofmt'].map((name) => ({ container, mountPath: `${inPod.bin}/${name}`, ...file(shim) })),
    // One for each container: they may run as different users.
    {
      ...{ container, mountPath: inPod.cache, readOnly: false },
      ...{ key: `cache of ${container}`, source: { emptyDir: { sizeLimit: cacheSizeLimit } } },
    },
    ...(goRoot === undefined || standard === undefined
      ? []
      : [{ container, mountPath: goRoot, ...release(standard) }]),
  ];
}

/** What an injection mounts; nothing when it only sets variables. */
export function mountsOf(injection: Injection): readonly InjectedMount[] {
  if (isToolchain(injection)) return mountsOfToolchain(injection);
  if (!isMounted(injection)) return [];
  return [{ container: injection.container, mountPath: injection.path, ...file(injection.artefact) }];
}
