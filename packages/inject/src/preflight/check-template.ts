import type { Finding } from '@gofleet/base/finding';
import type { CheckedContainer, CheckedObject, CheckedTemplate } from './preflight-input.ts';

type Check = (container: CheckedContainer, template: CheckedTemplate) => Finding | undefined;

/** The mounted file has no file capabilities, and its mount is nosuid. */
const fileCapabilities: Check = ({ name, securityContext }, { spec }) => {
  const added = securityContext?.capabilities?.add ?? [];
  const user = securityContext?.runAsUser ?? spec.securityContext?.runAsUser;
  const nonRoot = securityContext?.runAsNonRoot ?? spec.securityContext?.runAsNonRoot;
  if (added.length === 0 || !(nonRoot === true || (user !== undefined && user !== 0))) return undefined;
  return {
    code: 'preflight.file-capabilities',
    severity: 'warning',
    message: `${name} adds ${added.join(', ')} and is not root: it has them only if its executable carries file capabilities, which a mounted one does not`,
    facts: { container: name },
    hint: 'look with "getcap" in the image; for low ports: spec.securityContext.sysctls net.ipv4.ip_unprivileged_port_start: "0"',
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

/** What an object itself says against a wish: `claimed` are its containers that wishes decide for, `mounted` those of mode relink. */
export function checkTemplate(
  object: CheckedObject,
  { claimed, mounted }: { readonly claimed: ReadonlySet<string>; readonly mounted: ReadonlySet<string> },
): readonly Finding[] {
  const { template } = object;
  if (claimed.size === 0) return [];
  const ofContainers = template.spec.containers.flatMap((container) => {
    const checks = mounted.has(container.name) ? mountChecks : [];
    const moving = claimed.has(container.name) ? [movingImage] : [];
    return [...checks, ...moving].flatMap((check) => check(container, template) ?? []);
  });
  return [...ofContainers, ...(mounted.size > 0 ? checkPod(template) : []), ...checkReplacement(object)];
}
