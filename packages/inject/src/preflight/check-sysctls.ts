import type { Finding } from '@gofleet/base/finding';
import { parseKubeletMinor } from '../delivery/plan-delivery.ts';
import type { CheckedTemplate, ClusterFacts } from './preflight-input.ts';

/**
 * The sysctls that every kubelet lets pods set, with the minor that they are safe from.
 * @see https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/#safe-and-unsafe-sysctls
 */
const safeSince: Readonly<Record<string, number>> = {
  'kernel.shm_rmid_forced': 4,
  'net.ipv4.ip_local_port_range': 4,
  'net.ipv4.tcp_syncookies': 4,
  'net.ipv4.ping_group_range': 18,
  'net.ipv4.ip_unprivileged_port_start': 22,
  'net.ipv4.ip_local_reserved_ports': 27,
  'net.ipv4.tcp_fin_timeout': 29,
  'net.ipv4.tcp_keepalive_intvl': 29,
  'net.ipv4.tcp_keepalive_probes': 29,
  'net.ipv4.tcp_keepalive_time': 29,
  'net.ipv4.tcp_rmem': 32,
  'net.ipv4.tcp_wmem': 32,
};

/** `net/ipv4/x` is written for `net.ipv4.x` too. */
const canonical = (name: string): string => name.replaceAll('/', '.');

/** Of the nodes that pods could roll to; `undefined` without a cluster. */
function oldestKubelet(cluster: ClusterFacts | undefined): number | undefined {
  const known = (cluster?.nodes ?? []).flatMap(({ kubelet }) => parseKubeletMinor(kubelet) ?? []);
  return known.length === 0 ? undefined : Math.min(...known);
}

/**
 * Sysctls of a pod that a kubelet may refuse. None of gofleet's modes needs one; a roll-out makes new pods, though, perhaps on nodes
 * that have never had one of these.
 */
export function checkSysctls(
  { spec }: CheckedTemplate,
  cluster: ClusterFacts | undefined,
): readonly Finding[] {
  const oldest = oldestKubelet(cluster);
  return (spec.securityContext?.sysctls ?? []).flatMap(({ name }): Finding[] => {
    const since = safeSince[canonical(name)];
    if (since !== undefined && (oldest === undefined || oldest >= since)) return [];
    const why =
      since === undefined ? 'not safe by default' : `safe from kubelet 1.${since} on, found 1.${oldest}`;
    return [
      {
        code: 'preflight.unsafe-sysctl',
        severity: 'info',
        message: `the pod sets the sysctl ${name}, ${why}: replaced pods start only on nodes whose kubelet allows it. gofleet itself needs no sysctl`,
        facts: { sysctl: name },
        hint: `let every node that the pods may go to allow it (kubelet --allowed-unsafe-sysctls=${canonical(name)}), or bind them to those that do with spec.nodeSelector`,
      },
    ];
  });
}

/** From which port on a pod's programs need no capability to listen; 1024 where it does not say. */
export function unprivilegedPort({ spec }: CheckedTemplate): number {
  const set = (spec.securityContext?.sysctls ?? []).find(
    ({ name }) => canonical(name) === 'net.ipv4.ip_unprivileged_port_start',
  );
  const port = Number(set?.value ?? 1024);
  return Number.isInteger(port) ? port : 1024;
}
