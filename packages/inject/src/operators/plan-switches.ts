import { parseGoConstraint, satisfiesGoConstraint } from '@gofleet/base/go-constraint';
import { parseGoVersion } from '@gofleet/base/go-version';
import type { SwitchesSpec, SwitchName } from '../go-runtime.ts';
import { clientFeatures } from './client-features.ts';
import type { Operator } from './find-operator.ts';
import { parseChannel, understandsAnnotation } from './understands.ts';

/** What switches depend on. */
export interface SwitchContext {
  /** The Go that the program runs on. */
  readonly goVersion: string;
  readonly operator: Operator | undefined;
  /** `--flag` or `env:NAME` by switch. */
  readonly understands: Partial<Record<SwitchName, string>>;
  /** The arguments that its author wrote, command included; `undefined` when they are the image's. */
  readonly authored: readonly string[] | undefined;
  /** Names of variables that its author set. */
  readonly variables: readonly string[];
}

/** The arguments and variables for an operator, with what it does not get and why. */
export interface SwitchPlan {
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

type Part = {
  readonly argument?: string;
  readonly variable?: readonly [string, string];
  readonly note?: string;
};

/** The article's rule: five at a time from Go 1.22 on. */
const defaultConstraint = '>=1.22';
/** controller-runtime has its priority queue from here on. @see sigs.k8s.io/controller-runtime pkg/config UsePriorityQueue */
const priorityQueueMinor = 20;
const shell = /(^|\/)(ba|da|a|z)?sh$/;

/** The name of a flag, `undefined` for what is none. */
export function flagNameOf(argument: string): string | undefined {
  return /^--?([A-Za-z][^=]*)/.exec(argument)?.[1];
}

function argumentProblem(authored: SwitchContext['authored'], flag: string): string | undefined {
  if (authored === undefined)
    return 'the container has neither command nor args: arguments would replace those of its image';
  if (shell.test(authored[0] ?? '') && authored.includes('-c')) return 'its command is a shell script';
  if (authored.includes('--')) return 'its arguments end with --';
  const isSet = authored.some((each) => flagNameOf(each) === flagNameOf(flag));
  return isSet ? `the pod's author set ${flag}, and that value stays` : undefined;
}

function send(name: SwitchName, value: string, context: SwitchContext): Part {
  const text = context.understands[name];
  if (text === undefined)
    return { note: `${name}: nobody declared that the operator understands it (${understandsAnnotation})` };
  const channel = parseChannel(text);
  if (!channel) return { note: `${name}: "${text.slice(0, 60)}" is neither --flag nor env:NAME` };
  if (channel.kind === 'variable')
    return context.variables.includes(channel.name)
      ? { note: `${name}: the pod's author set ${channel.name}, and that value stays` }
      : { variable: [channel.name, value] };
  const problem = argumentProblem(context.authored, channel.flag);
  return problem === undefined ? { argument: `${channel.flag}=${value}` } : { note: `${name}: ${problem}` };
}

function planConcurrency(
  { maxConcurrentReconciles: wish }: SwitchesSpec,
  context: SwitchContext,
): readonly Part[] {
  if (wish === undefined) return [];
  const { value, goVersion = defaultConstraint } = wish;
  const version = parseGoVersion(context.goVersion);
  if (version && satisfiesGoConstraint(version, parseGoConstraint(goVersion)))
    return [send('maxConcurrentReconciles', String(value), context)];
  return [{ note: `maxConcurrentReconciles: ${context.goVersion} does not meet ${goVersion}` }];
}

function planQueue({ priorityQueue }: SwitchesSpec, context: SwitchContext): readonly Part[] {
  if (priorityQueue === undefined) return [];
  const version = context.operator?.controllerRuntime;
  const minor = /^v0\.(\d+)\./.exec(version ?? '')?.[1];
  if (minor !== undefined && Number(minor) < priorityQueueMinor)
    return [{ note: `priorityQueue: controller-runtime ${version} has none` }];
  return [send('priorityQueue', String(priorityQueue), context)];
}

function planGates({ featureGates = {} }: SwitchesSpec, context: SwitchContext): readonly Part[] {
  const gates = Object.entries(featureGates).map(([name, isOn]) => `${name}=${isOn}`);
  return gates.length === 0 ? [] : [send('featureGates', gates.sort().join(','), context)];
}

/** No declaration is needed: that client-go of this release reads it is known from the program itself. */
function planClientFeature(name: string, isOn: boolean, { operator, variables }: SwitchContext): Part {
  const [variable, since] = [`KUBE_FEATURE_${name}`, clientFeatures[name]];
  const { clientGo, kubernetesMinor } = operator ?? {};
  if (since === undefined) return { note: `${name}: no client-go has this feature` };
  if (kubernetesMinor === undefined) return { note: `${name}: the program has no client-go` };
  if (kubernetesMinor < since)
    return { note: `${name}: client-go ${clientGo} has no such feature, v0.${since} brought it` };
  if (variables.includes(variable))
    return { note: `${name}: the pod's author set ${variable}, and that value stays` };
  return { variable: [variable, String(isOn)] };
}

/** What an operator is told, of what the wish wants it told: only what is declared or known to be understood, and nothing that its author set. */
export function planSwitches(spec: SwitchesSpec, context: SwitchContext): SwitchPlan {
  const parts = [
    ...planConcurrency(spec, context),
    ...planQueue(spec, context),
    ...planGates(spec, context),
    ...Object.entries(spec.clientFeatures ?? {})
      .sort()
      .map(([name, isOn]) => planClientFeature(name, isOn, context)),
  ];
  return {
    arguments: parts.flatMap(({ argument }) => argument ?? []),
    environment: Object.fromEntries(parts.flatMap(({ variable }) => (variable ? [variable] : []))),
    notes: parts.flatMap(({ note }) => note ?? []),
  };
}
