/** The Kubernetes releases a lab can be of. */
export type KubernetesLine = '1.36' | '1.24';

/** What differs between the releases, as data. */
export interface Release {
  line: KubernetesLine;
  /** The full version, no leading `v`. */
  version: string;
  /** The Go release it is built with. */
  go: string;
  /** The `go` line of the wrapper module. */
  goLine: string;
  /** Whether `NewKubeletCommand` takes a context (since 1.29). */
  kubeletTakesContext: boolean;
  /** Packages that `go build -v` names when nothing is cached. */
  packageCount: number;
  /** Time of such a build on two cores. */
  estimateMs: number;
  /** Whether kubelet takes the runtime's socket in its configuration file (since 1.27) or as flags. */
  runtimeEndpointInFile: boolean;
  /** Whether kubelet refuses cgroup v1 unless told otherwise (since 1.31 it can be told). */
  failCgroupV1: boolean;
  /** How kube-proxy writes its rules; `nftables` exists since 1.29. */
  proxyMode: 'nftables' | 'iptables';
}

/** Every release a lab can be of, newest first. */
export const releases: Record<KubernetesLine, Release> = {
  '1.36': {
    line: '1.36',
    version: '1.36.3',
    go: '1.26.8',
    goLine: '1.26.0',
    kubeletTakesContext: true,
    packageCount: 2738,
    estimateMs: 420_000,
    runtimeEndpointInFile: true,
    failCgroupV1: true,
    proxyMode: 'nftables',
  },
  '1.24': {
    line: '1.24',
    version: '1.24.17',
    go: '1.21.13',
    goLine: '1.19',
    kubeletTakesContext: false,
    packageCount: 2592,
    estimateMs: 390_000,
    runtimeEndpointInFile: false,
    failCgroupV1: false,
    proxyMode: 'iptables',
  },
};
