import { createHash } from 'node:crypto';
import type { Release } from './releases.ts';
import { renderGoMod } from './staged-modules.ts';
import { renderCoreDnsMain, renderKubernetesMain, renderPauseMain } from './wrapper-source.ts';

/** How to build some programs from published Go modules: data, so that its digest names the result. */
export interface Recipe {
  /** What a person reads: `kubernetes 1.36.3`. */
  title: string;
  /** The Go release that builds it. */
  go: string;
  /** The published module whose programs or packages are built, and its version; nothing for our own source. */
  source?: { module: string; version: string };
  /** The go.mod of the wrapper module; `staged` asks for the replaces of the source's own go.mod. */
  goMod: {
    module: string;
    goLine: string;
    staged: boolean;
    /** Modules that are taken at another version than the source asks for. */
    moduleVersions?: Readonly<Record<string, string>>;
  };
  /** Whether the OpenAPI definitions of the source are generated and laid over it; absent when it has them. */
  openApi?: true;
  /** Files of the wrapper module besides go.mod. */
  files: Record<string, string>;
  /** What `go build` is asked for. */
  packages: string[];
  /** The programs that come out. */
  programs: string[];
  /** Further names for the only program. */
  links: string[];
  ldflags: string;
  /** Not part of the digest: what an empty cache has to compile, and how long that takes on two cores. */
  expect: { packageCount: number; estimateMs: number };
}

/** 64 hex digits that name what the recipe makes on this platform; expectations do not change it. */
export function recipeDigest(
  recipe: Recipe,
  platform: string = `${process.platform}-${process.arch}`,
): string {
  const { title: _title, expect: _expect, ...making } = recipe;
  return createHash('sha256')
    .update(JSON.stringify([platform, canonical(making)]))
    .digest('hex');
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, canonical(inner)]);
}

/** Every Kubernetes program of a release, kubectl too, in one executable. */
export function kubernetesRecipe(release: Release): Recipe {
  const version = `v${release.version}`;
  const [major, minor] = release.version.split('.');
  const stamps = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((place) => [
    `-X ${place}.gitVersion=${version}`,
    `-X ${place}.gitMajor=${major}`,
    `-X ${place}.gitMinor=${minor}`,
    `-X ${place}.gitTreeState=clean`,
  ]);
  return {
    title: `kubernetes ${release.version}`,
    go: release.go,
    source: { module: 'k8s.io/kubernetes', version: release.version },
    goMod: {
      module: 'gofleet.dev/lab/kubernetes',
      goLine: release.goLine,
      staged: true,
      ...(release.moduleVersions && { moduleVersions: release.moduleVersions }),
    },
    ...(!release.hasOpenApi && { openApi: true }),
    files: { 'main.go': renderKubernetesMain(release) },
    packages: ['.'],
    programs: ['kubernetes'],
    links: [
      'kube-apiserver',
      'kube-controller-manager',
      'kube-proxy',
      'kube-scheduler',
      'kubectl',
      'kubelet',
    ],
    ldflags: ['-s -w', ...stamps].join(' '),
    expect: { packageCount: release.packageCount, estimateMs: release.estimateMs },
  };
}

/** containerd, its shim and ctr. */
export function containerdRecipe({ containerd: version }: Pick<Release, 'containerd'>): Recipe {
  const isOld = version.startsWith('1.');
  const module = `github.com/containerd/containerd${isOld ? '' : '/v2'}`;
  return {
    title: `containerd ${version}`,
    go: '1.26.8',
    source: { module, version },
    goMod: {
      module: 'gofleet.dev/lab/containerd',
      goLine: isOld ? '1.25.0' : '1.26.6',
      staged: false,
    },
    files: {},
    packages: ['containerd', 'containerd-shim-runc-v2', 'ctr'].map((program) => `${module}/cmd/${program}`),
    programs: ['containerd', 'containerd-shim-runc-v2', 'ctr'],
    links: [],
    ldflags: `-s -w -X ${module}/version.Version=v${version}`,
    expect: { packageCount: 782, estimateMs: 110_000 },
  };
}

/** The cluster's DNS server. */
export function coreDnsRecipe({ coredns: version }: Pick<Release, 'coredns'>): Recipe {
  const isOld = version === '1.10.1';
  return {
    title: `coredns ${version}`,
    go: isOld ? '1.21.13' : '1.26.8',
    source: { module: 'github.com/coredns/coredns', version },
    goMod: { module: 'gofleet.dev/lab/coredns', goLine: isOld ? '1.18' : '1.24.0', staged: false },
    files: { 'main.go': renderCoreDnsMain() },
    packages: ['.'],
    programs: ['coredns'],
    links: [],
    ldflags: '-s -w',
    expect: { packageCount: 512, estimateMs: 100_000 },
  };
}

/** The program of the pause image. */
export function pauseRecipe(): Recipe {
  return {
    title: 'pause',
    go: '1.26.8',
    goMod: { module: 'gofleet.dev/lab/pause', goLine: '1.26.0', staged: false },
    files: { 'main.go': renderPauseMain() },
    packages: ['.'],
    programs: ['pause'],
    links: [],
    ldflags: '-s -w',
    expect: { packageCount: 58, estimateMs: 8_000 },
  };
}

/** KWOK: nodes and the lives of their pods, simulated. */
export function kwokRecipe(): Recipe {
  const module = 'sigs.k8s.io/kwok';
  const version = '0.8.0';
  return {
    title: `kwok ${version}`,
    go: '1.26.8',
    source: { module, version },
    goMod: { module: 'gofleet.dev/lab/kwok', goLine: '1.26.0', staged: false },
    files: {},
    packages: [`${module}/cmd/kwok`],
    programs: ['kwok'],
    links: [],
    ldflags: '-s -w',
    expect: { packageCount: 585, estimateMs: 120_000 },
  };
}

/** The go.mod of the wrapper of a recipe that has no staged modules. */
export function renderPlainGoMod(recipe: Recipe): string {
  const { source, goMod } = recipe;
  return renderGoMod({ ...goMod, ...(source && { require: [source.module, source.version] }) });
}
