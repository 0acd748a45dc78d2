import type { Finding } from '@gofleet/base/finding';
import type { GoRuntime, GoRuntimeSpec } from '../go-runtime.ts';
import { checkSharedMemory, checkTemporaryDirectory } from './check-places.ts';
import { checkSysctls, unprivilegedPort } from './check-sysctls.ts';
import type { CheckedContainer, CheckedObject, CheckedTemplate, ClusterFacts } from './preflight-input.ts';

type Check = (container: CheckedContainer, template: CheckedTemplate) => Finding | undefined;

/** Whether what `NET_BIND_SERVICE` is for goes without it: the ports that a container says it listens on need no capability. */
function bindsFreely({ ports = [] }: CheckedContainer, template: CheckedTemplate): boolean {
  const from = unprivilegedPort(template);
  return from === 0 || (ports.length > 0 && ports.every(({ containerPort = 0 }) => containerPort >= from));
}

/** The mounted file has no file capabilities, and its mount is nosuid. */
const fileCapabilities: Check = (container, template) => {
  const { name, securityContext } = container;
  const { spec } = template;
  const isNeeded = (capability: string): boolean =>
    capability.replace(/^CAP_/, '') !== 'NET_BIND_SERVICE' || !bindsFreely(container, template);
  const added = (securityContext?.capabilities?.add ?? []).filter(isNeeded);
  const user = securityContext?.runAsUser ?? spec.securityContext?.runAsUser;
  const nonRoot = securityContext?.runAsNonRoot ?? spec.securityContext?.runAsNonRoot;
  if (added.length === 0 || !(nonRoot === true || (user !== undefined && user !== 0))) return undefined;
  return {
    code: 'preflight.file-capabilities',
    severity: 'warning',
    message: `${name} adds ${added.join(', ')} and is not root: it has them only if its executable carries file capabilities, which a mounted one does not`,
    facts: { container: name },
    hint: 'look with "getcap" in the image; for low ports: spec.securityContext.sysctls: [{name: net.ipv4.ip_unprivileged_port_start, value: "0"}], from Kubernetes 1.22 on',
  };
};

const noexecMount: Check = ({ name, volumeMounts = [] }) => {
  const found = volumeMounts.find(({ bindMountOptions }) => bindMountOptions?.includes('noexec'));
  return (
    found && {
      code: 'preflight.noexec-mount',
      severity: 'info',
      message: `${name} mounts ${found.mountPath} as noexec: no program can be run from there`,
      facts: { container: name, path: found.mountPath },
      hint: `nothing to do unless its Go program lies in ${found.mountPath}; then take noexec from bindMountOptions`,
    }
  );
};

const readOnlyRoot: Check = ({ name, securityContext }) =>
  securityContext?.readOnlyRootFilesystem === true
    ? {
        code: 'preflight.read-only-root',
        severity: 'info',
        message: `${name} has a read-only root file system: artefacts are mounted over files that exist, so that nothing is written`,
        facts: { container: name },
        hint: 'nothing to do',
      }
    : undefined;

/** What a name of an image means can change under what was observed in it. */
const movingImage: Check = ({ name, image = '', imagePullPolicy }) => {
  if (image.includes('@sha256:')) return undefined;
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  const isLatest = tag === undefined || tag === 'latest';
  if (!isLatest && imagePullPolicy !== 'Always') return undefined;
  return {
    code: 'preflight.moving-image',
    severity: 'warning',
    message: `${name}: ${image || 'its image'} can become another image between two pods, and what was observed in it is then forgotten`,
    facts: { container: name, image },
    hint: `name it by its digest: ${image.replace(/:[^/:]+$/, '')}@sha256:…`,
  };
};

const mountChecks: readonly Check[] = [fileCapabilities, noexecMount, readOnlyRoot];
/** A library keeps no capabilities of its program from it. */
const libraryChecks: readonly Check[] = [readOnlyRoot];
const toolchainChecks: readonly Check[] = [noexecMount, checkTemporaryDirectory];

function checkPod({ spec }: CheckedTemplate): readonly Finding[] {
  const shared: Finding = {
    code: 'preflight.shared-processes',
    severity: 'info',
    message:
      'its containers share a process namespace: programs are told apart by their cgroup, not by PID 1',
    hint: 'nothing to do',
  };
  const mapped: Finding = {
    code: 'preflight.user-namespace',
    severity: 'info',
    message:
      'hostUsers is false: the runtime maps the owners of mounts, which the file system of kubelet must support',
    hint: 'check with one pod first; the node needs Linux 6.3 or newer',
  };
  return [...(spec.shareProcessNamespace ? [shared] : []), ...(spec.hostUsers === false ? [mapped] : [])];
}

function checkReplacement({ kind, name, namespace, spec }: CheckedObject): readonly Finding[] {
  const finding = (message: string, hint: string): readonly Finding[] => [
    { code: 'preflight.not-replaced', severity: 'warning', message, hint },
  ];
  if (spec?.paused === true)
    return finding(
      'it is paused, and rolls nothing',
      `kubectl rollout resume -n ${namespace} deployment/${name}`,
    );
  if (spec?.updateStrategy?.type === 'OnDelete')
    return finding('it replaces pods only when they are deleted', 'spec.updateStrategy.type: RollingUpdate');
  if (kind === 'Pod')
    return finding(
      'nothing replaces a bare pod',
      `run it by a Deployment, or delete and create it: kubectl replace --force -f …`,
    );
  return [];
}

const checksOf: Readonly<Record<NonNullable<GoRuntimeSpec['mode']>, readonly Check[]>> = {
  relink: mountChecks,
  toolchain: toolchainChecks,
  godebug: [],
  libgo: libraryChecks,
};

/** What an object itself says against its wishes, by the GoRuntime that decides for each of its containers. */
export function checkTemplate(
  object: CheckedObject,
  claims: ReadonlyMap<string, GoRuntime>,
  cluster: ClusterFacts | undefined,
): readonly Finding[] {
  const { template } = object;
  if (claims.size === 0) return [];
  const modes = new Map([...claims].map(([name, { spec }]) => [name, spec.mode ?? 'relink'] as const));
  const ofContainers = template.spec.containers.flatMap((container) => {
    const mode = modes.get(container.name);
    const checks = mode === undefined ? [] : [...checksOf[mode], movingImage, checkSharedMemory];
    return checks.flatMap((check) => check(container, template) ?? []);
  });
  const isMounting = [...modes.values()].some((mode) => mode !== 'godebug');
  return [
    ...ofContainers,
    ...checkSysctls(template, cluster),
    ...(isMounting ? checkPod(template) : []),
    ...checkReplacement(object),
  ];
}
