/** The newest patch of each minor that can be built from published modules, and a Go release it builds with; newest first. */
const published = {
  '1.37': ['1.37.2', '1.26.8', '1.26.0'],
  '1.36': ['1.36.3', '1.26.8', '1.26.0'],
  '1.35': ['1.35.4', '1.25.14', '1.25.0'],
  '1.34': ['1.34.4', '1.24.13', '1.24.0'],
  '1.33': ['1.33.13', '1.24.13', '1.24.0'],
  '1.32': ['1.32.9', '1.23.12', '1.23.0'],
  '1.31': ['1.31.14', '1.22.12', '1.22.0'],
  '1.30': ['1.30.14', '1.22.12', '1.22.0'],
  '1.29': ['1.29.15', '1.22.12', '1.21'],
  '1.28': ['1.28.15', '1.21.13', '1.20'],
  '1.27': ['1.27.16', '1.21.13', '1.20'],
  '1.26': ['1.26.13', '1.21.13', '1.19'],
  '1.25': ['1.25.4', '1.21.13', '1.19'],
  '1.24': ['1.24.17', '1.21.13', '1.19'],
  '1.23': ['1.23.17', '1.21.13', '1.19'],
  '1.22': ['1.22.15', '1.21.13', '1.19'],
  '1.21': ['1.21.14', '1.21.13', '1.19'],
  '1.20': ['1.20.15', '1.21.13', '1.19'],
} as const satisfies Record<string, readonly [version: string, go: string, goLine: string]>;

/** Its older releases read maps in a way that a program of Go 1.18 or later does not survive. */
const reflect2 = { 'github.com/modern-go/reflect2': '1.0.2' };

/** The one of 1.20 takes empty strings for null, in a program of a Go release that keeps them where its zero values are. This is 1.21's. */
const kubeOpenApi = { 'k8s.io/kube-openapi': '0.0.0-20211110012726-3cc51fd1e909' };

/**
 * Modules that are taken at another version than the release asks for. Staged ones (`k8s.io/…`) are not published at the
 * release's own patch, and this is the nearest earlier one that is: they hold the types of configuration files and small
 * controllers, not the API, the API server or kubelet.
 */
const moduleVersions: Partial<Record<keyof typeof published, Readonly<Record<string, string>>>> = {
  '1.31': {
    'k8s.io/endpointslice': '0.31.13',
    'k8s.io/kube-controller-manager': '0.31.13',
    'k8s.io/kube-proxy': '0.31.11',
    'k8s.io/kube-scheduler': '0.31.13',
  },
  '1.27': { 'k8s.io/legacy-cloud-providers': '0.27.11' },
  '1.22': reflect2,
  '1.21': reflect2,
  '1.20': { ...reflect2, ...kubeOpenApi },
};

/** A Kubernetes release of the table, by its minor. */
export type KubernetesLine = keyof typeof published;

/** The Kubernetes releases a lab is offered of, newest first. */
export const kubernetesLines = Object.keys(published) as KubernetesLine[];

/** What differs between the releases, as data. */
export interface Release {
  line: KubernetesLine;
  /** The full version, no leading `v`. */
  version: string;
  /** The Go release it is built with. */
  go: string;
  /** The `go` line of the wrapper module. */
  goLine: string;
  /** Modules that are taken at another version than the release asks for. */
  moduleVersions?: Readonly<Record<string, string>>;
  /** Whether `NewKubeletCommand` takes a context (since 1.34). */
  kubeletTakesContext: boolean;
  /** Whether `k8s.io/component-base/cli` runs the commands (since 1.23). */
  hasComponentCli: boolean;
  /** Whether programs choose the JSON log format by an import (since 1.22). */
  importsJsonLogs: boolean;
  /** Whether its module carries the OpenAPI definitions (since 1.24), or they have to be generated. */
  hasOpenApi: boolean;
  /** The release of containerd: kubelet before 1.23 speaks a version of the CRI that containerd 2 has not. */
  containerd: '2.4.2' | '1.7.35';
  /** The version of EndpointSlice that is served. */
  discovery: 'v1' | 'v1beta1';
  /** The release of CoreDNS: newer ones do not read the EndpointSlices of 1.20. */
  coredns: '1.12.4' | '1.10.1';
  /** Whether `kubectl kustomize` reads what is written for kustomize 4, such as folders among resources (since 1.21). */
  readsKustomize4: boolean;
  /** Packages that `go build -v` names when nothing is cached. */
  packageCount: number;
  /** Time of such a build on two cores. */
  estimateMs: number;
  /** Whether kubelet takes the runtime's socket in its configuration file (since 1.27) or as flags. */
  runtimeEndpointInFile: boolean;
  /** Whether kubelet refuses cgroup v1 unless told otherwise (since 1.31 it can be told). */
  failCgroupV1: boolean;
  /** How kube-proxy writes its rules; `nftables` exists since 1.29 and is stable since 1.33. */
  proxyMode: 'nftables' | 'iptables';
}

function releaseOf(line: KubernetesLine): Release {
  const [version, go, goLine] = published[line];
  const minor = Number(line.slice(2));
  return {
    ...{ line, version, go, goLine },
    ...(moduleVersions[line] && { moduleVersions: moduleVersions[line] }),
    kubeletTakesContext: minor >= 34,
    hasComponentCli: minor >= 23,
    importsJsonLogs: minor >= 22,
    hasOpenApi: minor >= 24,
    containerd: minor >= 23 ? '2.4.2' : '1.7.35',
    discovery: minor >= 21 ? 'v1' : 'v1beta1',
    coredns: minor >= 21 ? '1.12.4' : '1.10.1',
    readsKustomize4: minor >= 21,
    packageCount: minor >= 30 ? 2740 : 2600,
    estimateMs: minor >= 30 ? 420_000 : 390_000,
    runtimeEndpointInFile: minor >= 27,
    failCgroupV1: minor >= 31,
    proxyMode: minor >= 33 ? 'nftables' : 'iptables',
  };
}

/** Each of {@link kubernetesLines}. */
export const releases = Object.fromEntries(kubernetesLines.map((line) => [line, releaseOf(line)])) as Record<
  KubernetesLine,
  Release
>;
