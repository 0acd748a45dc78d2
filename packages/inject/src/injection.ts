import type { RuntimeVariables } from './godebug/runtime-variables.ts';
import type { IdentityVariables } from './identity/identity-spec.ts';
import type { SandboxInjection } from './sandbox/want-sandbox.ts';
import type { ToolchainInjection } from './toolchain/toolchain.ts';

/** How an artefact comes out of a registry, which kubelet pulls its image from with the pod's own secrets. */
export interface RegistryDelivery {
  /** `image`: its image is mounted beside, and the command names it; `copy`: an init container copies it to where it is mounted. */
  readonly delivery: 'image' | 'copy';
  /** With its digest. */
  readonly image: string;
  /** Name of the executable in the image. */
  readonly file: string;
  readonly sizeBytes?: number;
}

/** One artefact that the webhook put in the place of an executable, or of a library of the Go runtime. */
export interface MountedInjection {
  readonly container: string;
  /** Name of the GoRuntime. */
  readonly runtime: string;
  /** Of a library its SONAME. */
  readonly goVersion: string;
  /** sha256 of the mounted file. */
  readonly artefact: string;
  readonly path: string;
  /** SONAME, where it is a library. */
  readonly library?: string;
  /** The image that the original was observed in, as resolved then. */
  readonly imageId: string;
  /** Absent when the node plugin mounts it over the executable. */
  readonly from?: RegistryDelivery;
  /** What tells the program which build it is, where the wish asks for it. */
  readonly environment?: IdentityVariables;
}

/** Variables that the webhook set in a container. */
export interface EnvironmentInjection {
  readonly container: string;
  /** Name of the GoRuntime. */
  readonly runtime: string;
  /** The release inside the program that they were chosen for, which stays. */
  readonly goVersion: string;
  readonly path: string;
  readonly imageId: string;
  readonly variables: RuntimeVariables;
}

/** What the webhook told an operator. */
export interface SwitchInjection {
  readonly container: string;
  /** Name of the GoRuntime. */
  readonly runtime: string;
  /** The release that the program runs on. */
  readonly goVersion: string;
  readonly path: string;
  readonly imageId: string;
  /** Behind those of the pod's author. */
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** What the webhook did to a container; what the annotation `gofleet.dev/injected` lists. */
export type Injection =
  | MountedInjection
  | EnvironmentInjection
  | ToolchainInjection
  | SwitchInjection
  | SandboxInjection;

/** Whether an injection mounted an artefact. */
export function isMounted(injection: Injection): injection is MountedInjection {
  return 'artefact' in injection;
}

/** Whether an injection mounted an executable. */
export function isProgram(injection: Injection): injection is MountedInjection {
  return isMounted(injection) && injection.library === undefined;
}

/** Whether an injection mounted a library of the Go runtime. */
export function isLibrary(injection: Injection): injection is MountedInjection {
  return isMounted(injection) && injection.library !== undefined;
}

/** Whether an injection set variables. */
export function isEnvironment(injection: Injection): injection is EnvironmentInjection {
  return 'variables' in injection;
}

/** Whether an injection mounted Go releases. */
export function isToolchain(injection: Injection): injection is ToolchainInjection {
  return 'releases' in injection;
}

/** Whether an injection told an operator something. */
export function isSwitched(injection: Injection): injection is SwitchInjection {
  return 'arguments' in injection;
}

/** What an operator was told, one text each: `--max-concurrent-reconciles=5`, `KUBE_FEATURE_WatchListClient=true`. */
export function renderSwitches(injection: SwitchInjection | undefined): readonly string[] {
  if (!injection) return [];
  return [
    ...injection.arguments,
    ...Object.entries(injection.environment).map(([name, value]) => `${name}=${value}`),
  ];
}
