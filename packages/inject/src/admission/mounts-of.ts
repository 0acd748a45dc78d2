import {
  type ContainerOfPod,
  commandPath,
  mountOf,
  type PlacedArtefact,
  placeArtefact,
  volumeKey,
} from '../delivery/place-artefact.ts';
import { inCluster } from '../in-cluster.ts';
import { type Injection, isMounted, isToolchain, type MountedInjection } from '../injection.ts';
import { inPod, type MountableRelease, type ToolchainInjection } from '../toolchain/toolchain.ts';

/** A mount of a container. */
export type VolumeMount = Readonly<Record<string, unknown>> & { readonly mountPath: string };

/** Something that an injection mounts into a container, by the name that its volume gets. */
export interface InjectedMount {
  readonly container: string;
  /** Mounts with the same key share a volume. */
  readonly key: string;
  volume(name: string, of: ContainerOfPod): PlacedArtefact;
  mount(name: string): VolumeMount;
  /** What the container has to execute, when it is not what its image has. */
  command(name: string): string | undefined;
}

const asBefore = (): undefined => undefined;

/** A read-only folder or file of the node plugin. */
function fromNode(
  where: { readonly container: string; readonly mountPath: string },
  volumeAttributes: Readonly<Record<string, string>>,
): InjectedMount {
  const { container, mountPath } = where;
  return {
    container,
    key: `csi ${Object.values(volumeAttributes).join(' ')}`,
    volume: (name) => ({
      volume: { name, csi: { driver: inCluster.csiDriver, readOnly: true, volumeAttributes } },
    }),
    mount: (name) => ({ name, mountPath, readOnly: true }),
    command: asBefore,
  };
}

/** One for each container: they may run as different users. */
function cacheOf(container: string, sizeLimit: string): InjectedMount {
  return {
    container,
    key: `cache of ${container}`,
    volume: (name) => ({ volume: { name, emptyDir: { sizeLimit } } }),
    mount: (name) => ({ name, mountPath: inPod.cache }),
    command: asBefore,
  };
}

function mountsOfToolchain(injection: ToolchainInjection): InjectedMount[] {
  const { container, releases, shim, goRoot, cacheSizeLimit, path } = injection;
  const at = (mountPath: string) => ({ container, mountPath });
  const release = (mountPath: string, { goVersion, artefact }: MountableRelease) =>
    fromNode(at(mountPath), { toolchain: goVersion, artefact });
  const [standard] = releases;
  return [
    ...releases.map((each) => release(`${path}/${each.goVersion}`, each)),
    ...['go', 'gofmt'].map((name) => fromNode(at(`${inPod.bin}/${name}`), { artefact: shim })),
    cacheOf(container, cacheSizeLimit),
    ...(goRoot === undefined || standard === undefined ? [] : [release(goRoot, standard)]),
  ];
}

function mountOfArtefact(injection: MountedInjection): InjectedMount {
  return {
    container: injection.container,
    key: volumeKey(injection),
    volume: (name, of) => placeArtefact(name, injection, of),
    mount: (name) => mountOf(name, injection),
    command: (name) => commandPath(name, injection),
  };
}

/** What an injection mounts; nothing when it only sets variables. */
export function mountsOf(injection: Injection): readonly InjectedMount[] {
  if (isToolchain(injection)) return mountsOfToolchain(injection);
  return isMounted(injection) ? [mountOfArtefact(injection)] : [];
}
