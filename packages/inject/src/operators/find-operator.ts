import { parseBuildInfo } from '@gofleet/identify/build-info';
import type { ObservedBinary } from '../runtime-status.ts';
import { operatorTable } from './operator-table.ts';

/** What a program that talks to Kubernetes was built on, by its own list of modules. */
export interface Operator {
  /** `v0.21.0` */
  readonly controllerRuntime?: string;
  readonly clientGo?: string;
  /** The Kubernetes minor that its client-go is of: 33 is 1.33. */
  readonly kubernetesMinor?: number;
  /** Modules of the Operator Framework with their versions: operator-sdk, operator-lib, api. */
  readonly framework: readonly string[];
  /** The least Go that these modules are known to need, and which of them does. */
  readonly needs?: { readonly go: string; readonly module: string };
}

const paths = { controllerRuntime: 'sigs.k8s.io/controller-runtime', clientGo: 'k8s.io/client-go' } as const;
const framework = /^github\.com\/operator-framework\/([a-z0-9-]+)/;

function isAsked(path: string): boolean {
  return path === paths.controllerRuntime || path === paths.clientGo || framework.test(path);
}

/** Build info without the modules that {@link findOperator} does not ask for: of a usual program a tenth. */
export function withoutOtherModules(buildInfo: string): string {
  let isKept = true;
  const lines = buildInfo.split('\n').filter((line) => {
    const [word, path = ''] = line.split('\t', 2);
    if (word === 'dep') isKept = isAsked(path);
    else if (word !== '=>') isKept = true;
    return isKept;
  });
  return lines.join('\n');
}

function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

/** The version that was linked: of a replaced module, the replacement's. */
function modulesOf({ buildInfo, goVersion }: ObservedBinary): ReadonlyMap<string, string> {
  try {
    const { deps } = parseBuildInfo(buildInfo, goVersion);
    return new Map(deps.map(({ path, version, replace }) => [path, replace?.version || version]));
  } catch {
    return new Map();
  }
}

const minorNumber = (go: string): number => Number(go.split('.')[1]);

function needsOf(versions: Partial<Record<keyof typeof paths, string>>): Operator['needs'] {
  const known = (['controllerRuntime', 'clientGo'] as const).flatMap((name) => {
    const version = versions[name];
    const row = version && operatorTable[name].find(({ minor }) => minor === minorOf(version));
    return row ? [{ go: row.go, module: `${paths[name]} ${version}` }] : [];
  });
  return known.sort((a, b) => minorNumber(b.go) - minorNumber(a.go))[0];
}

/** What an observed program was built on; `undefined` when it has neither client-go nor controller-runtime. */
export function findOperator(binary: ObservedBinary): Operator | undefined {
  const modules = modulesOf(binary);
  const controllerRuntime = modules.get(paths.controllerRuntime);
  const clientGo = modules.get(paths.clientGo);
  if (controllerRuntime === undefined && clientGo === undefined) return undefined;
  const versions = {
    ...(controllerRuntime === undefined ? {} : { controllerRuntime }),
    ...(clientGo === undefined ? {} : { clientGo }),
  };
  const minor = /^v0\.(\d+)\./.exec(clientGo ?? '')?.[1];
  const needs = needsOf(versions);
  return {
    ...versions,
    ...(minor === undefined ? {} : { kubernetesMinor: Number(minor) }),
    framework: [...modules].flatMap(([path, version]) => {
      const name = framework.exec(path)?.[1];
      return name === undefined ? [] : [`${name} ${version}`];
    }),
    ...(needs === undefined ? {} : { needs }),
  };
}

/** In one line: `controller-runtime v0.21.0, client-go v0.33.0 (Kubernetes 1.33), operator-lib v0.17.0`. */
export function renderOperator(operator: Operator): string {
  const { controllerRuntime, clientGo, kubernetesMinor } = operator;
  const kubernetes = kubernetesMinor === undefined ? '' : ` (Kubernetes 1.${kubernetesMinor})`;
  return [
    ...(controllerRuntime === undefined ? [] : [`controller-runtime ${controllerRuntime}`]),
    ...(clientGo === undefined ? [] : [`client-go ${clientGo}${kubernetes}`]),
    ...operator.framework,
  ].join(', ');
}
