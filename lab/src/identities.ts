import { randomBytes } from 'node:crypto';

/** Who the lab's components are to the API server. */
export interface Identity {
  user: string;
  groups: string[];
  token: string;
}

/** The components that talk to the API server; each gets a kubeconfig of its own. */
export type Role = 'admin' | 'controller-manager' | 'scheduler' | 'kubelet' | 'proxy' | 'dns';

/** Users and groups as Kubernetes' own RBAC expects them, with fresh tokens. */
export function createIdentities(nodeName: string): Record<Role, Identity> {
  const token = () => randomBytes(24).toString('hex');
  return {
    admin: { user: 'gofleet-lab-admin', groups: ['system:masters'], token: token() },
    'controller-manager': { user: 'system:kube-controller-manager', groups: [], token: token() },
    scheduler: { user: 'system:kube-scheduler', groups: [], token: token() },
    kubelet: { user: `system:node:${nodeName}`, groups: ['system:nodes'], token: token() },
    proxy: { user: 'system:kube-proxy', groups: [], token: token() },
    dns: { user: 'system:coredns', groups: [], token: token() },
  };
}

/**
 * The API server's static token file.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#static-token-file
 */
export function renderTokenFile(identities: Record<Role, Identity>): string {
  const lines = Object.values(identities).map(
    ({ token, user, groups }) =>
      `${token},${user},${user}${groups.length > 0 ? `,"${groups.join(',')}"` : ''}`,
  );
  return `${lines.join('\n')}\n`;
}
