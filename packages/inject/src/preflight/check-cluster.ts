import type { Finding } from '@gofleet/base/finding';
import { namespaceNameLabel as nameLabel } from '../admission/webhook-configuration.ts';
import { needsNoPlugin } from '../delivery/needs-no-plugin.ts';
import { parseKubeletMinor } from '../delivery/plan-delivery.ts';
import type { GoRuntime } from '../go-runtime.ts';
import { inCluster } from '../in-cluster.ts';
import { minors } from '../releases/release-fact.ts';
import type { CheckedObject, ClusterFacts, PreflightInput } from './preflight-input.ts';

const levels = ['privileged', 'baseline', 'restricted'];
const profileLabel = 'security.kubernetes.io/csi-ephemeral-volume-profile';
const enforceLabel = 'pod-security.kubernetes.io/enforce';

function checkInstallation({ isInstalled, driverLabels }: ClusterFacts): readonly Finding[] {
  if (isInstalled && driverLabels !== undefined) return [];
  const what = isInstalled ? `CSIDriver ${inCluster.csiDriver} is missing` : 'gofleet is not installed';
  return [{ code: 'preflight.not-installed', severity: 'error', message: what, hint: 'gofleet install' }];
}

/** @see https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#csi-driver-security-best-practices */
function checkPodSecurity(name: string, { namespace, driverLabels }: ClusterFacts): readonly Finding[] {
  const enforced = namespace?.labels[enforceLabel] ?? 'privileged';
  const profile = driverLabels?.[profileLabel] ?? 'privileged';
  if (driverLabels === undefined || levels.indexOf(profile) >= levels.indexOf(enforced)) return [];
  return [
    {
      code: 'preflight.pod-security',
      severity: 'error',
      message: `namespace ${name} enforces Pod Security "${enforced}", and the CSIDriver is only for "${profile}": pods with artefacts would be refused`,
      facts: { namespace: name, enforced, profile },
      hint: `kubectl label csidriver ${inCluster.csiDriver} --overwrite ${profileLabel}=restricted`,
    },
  ];
}

function checkNamespace(
  name: string,
  { namespace, podSecurityPolicies, selectsByNamespace }: ClusterFacts,
): readonly Finding[] {
  if (!namespace)
    return [
      {
        code: 'preflight.no-namespace',
        severity: 'error',
        message: `namespace ${name} does not exist`,
        facts: { namespace: name },
        hint: `kubectl create namespace ${name}`,
      },
    ];
  const unlabelled: Finding = {
    code: 'preflight.unlabelled-namespace',
    severity: 'error',
    message: `namespace ${name} lacks the label ${nameLabel}: the webhook never sees its pods`,
    facts: { namespace: name },
    hint: `kubectl label namespace ${name} ${nameLabel}=${name}`,
  };
  const policies: Finding = {
    code: 'preflight.pod-security-policies',
    severity: 'warning',
    message: `the cluster has ${podSecurityPolicies} PodSecurityPolicies: the one that admits these pods must list "csi" among its volumes`,
    hint: `spec.volumes: [csi, …] and spec.allowedCSIDrivers: [{name: ${inCluster.csiDriver}}]`,
  };
  return [
    ...(selectsByNamespace && namespace.labels[nameLabel] !== name ? [unlabelled] : []),
    ...(podSecurityPolicies > 0 ? [policies] : []),
  ];
}

function checkWebhooks({ webhooks }: ClusterFacts): readonly Finding[] {
  const names = (kind: string) => webhooks.filter((each) => each.kind === kind).map(({ name }) => name);
  const [mutating, validating] = [names('mutating'), names('validating')];
  const changing: Finding = {
    code: 'preflight.mutating-webhooks',
    severity: 'info',
    message: `other webhooks change new pods here too: ${mutating.join(', ')}`,
    hint: 'nothing to do: gofleet is asked again after they changed a pod; see one: gofleet inject -f … --cluster',
  };
  const refusing: Finding = {
    code: 'preflight.validating-webhooks',
    severity: 'info',
    message: `other webhooks may refuse new pods here: ${validating.join(', ')}`,
    hint: `let their policies allow volumes of ${inCluster.csiDriver}; try: gofleet inject -f pod.yaml --cluster | kubectl apply --dry-run=server -f -`,
  };
  return [...(mutating.length > 0 ? [changing] : []), ...(validating.length > 0 ? [refusing] : [])];
}

/** What the cluster and the namespace say against injection. */
export function checkCluster(
  { namespace, runtimes }: Pick<PreflightInput, 'namespace' | 'runtimes'>,
  cluster: ClusterFacts,
): readonly Finding[] {
  const isMounting = runtimes.length === 0 || runtimes.some(({ spec }) => spec.mode !== 'godebug');
  return [
    ...checkInstallation(cluster),
    ...checkNamespace(namespace, cluster),
    ...(isMounting ? checkPodSecurity(namespace, cluster) : []),
    ...checkWebhooks(cluster),
  ];
}

type Node = ClusterFacts['nodes'][number];

function troubleOf({
  kubelet,
  plugin,
  canExecute,
  problem,
}: Node): [code: string, words: string] | undefined {
  const minor = parseKubeletMinor(kubelet);
  if (minor === undefined || minor < minors.oldest)
    return ['preflight.old-node', `runs kubelet ${kubelet}, expected 1.${minors.oldest} or newer`];
  if (plugin === 'absent')
    return ['preflight.no-plugin', 'has no node plugin: pods with artefacts would wait there'];
  if (canExecute === false) return ['preflight.noexec-node', problem ?? 'does not execute what is mounted'];
  return plugin === 'silent' ? ['preflight.silent-plugin', problem ?? 'does not answer'] : undefined;
}

const fixes: Readonly<Record<string, string>> = {
  'preflight.old-node': 'upgrade the node, or keep these pods off it with spec.nodeSelector',
  'preflight.no-plugin': 'kubectl get pods -n gofleet-system -l app.kubernetes.io/name=gofleet-node -o wide',
  'preflight.noexec-node': "mount kubelet's file system on the node without noexec",
  'preflight.silent-plugin': 'kubectl logs -n gofleet-system ds/gofleet-node',
};

function unverified(node: string): Finding {
  return {
    code: 'preflight.unverified-node',
    severity: 'info',
    message: `node ${node} has no node plugin: artefacts reach pods there from the registry, and nobody reads what runs`,
    facts: { node },
    hint: 'let the DaemonSet gofleet-node run there to have it verified',
  };
}

/** Whether every Linux node that an object's pods may go to can deliver; taints and affinities are not looked at. */
export function checkNodes(
  { template }: CheckedObject,
  { nodes }: ClusterFacts,
  wishes: readonly GoRuntime[],
): readonly Finding[] {
  const isOptional = wishes.every(needsNoPlugin);
  const wanted = Object.entries(template.spec.nodeSelector ?? {});
  const eligible = nodes.filter(
    ({ os, labels }) => os === 'linux' && wanted.every(([key, value]) => labels[key] === value),
  );
  if (eligible.length === 0)
    return [
      {
        code: 'preflight.no-node',
        severity: 'error',
        message: `no Linux node has the labels of spec.nodeSelector ${JSON.stringify(template.spec.nodeSelector ?? {})}`,
        hint: 'compare with: kubectl get nodes --show-labels',
      },
    ];
  return eligible.flatMap((node): Finding[] => {
    const [code, words] = troubleOf(node) ?? [];
    if (code === undefined) return [];
    if (isOptional && code === 'preflight.no-plugin') return [unverified(node.name)];
    if (isOptional && code === 'preflight.noexec-node') return [];
    const severity = code === 'preflight.silent-plugin' ? 'warning' : 'error';
    const hint = fixes[code] ?? '';
    return [{ code, severity, message: `node ${node.name} ${words}`, facts: { node: node.name }, hint }];
  });
}
