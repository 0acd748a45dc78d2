import type { GoRuntime } from '../go-runtime.ts';
import { type Injection, isSwitched, type SwitchInjection } from '../injection.ts';
import { findOperator } from '../operators/find-operator.ts';
import { planSwitches } from '../operators/plan-switches.ts';
import { parseUnderstands, understandsAnnotation } from '../operators/understands.ts';
import type { ObservedBinary } from '../runtime-status.ts';
import { binariesOf, chooseArtefacts, targetOf } from './choose-artefact.ts';
import type { EnvironmentVariable, PodContainer } from './pod.ts';

/** What an earlier admission told a container, by what the pod's annotation lists; only what is really there. */
export interface OurSwitches {
  /** How many of the last arguments are ours. */
  readonly arguments: number;
  readonly variables: readonly EnvironmentVariable[];
}

export function ourSwitches(
  { name, args = [], env = [] }: PodContainer,
  noted: readonly Injection[],
): OurSwitches {
  const found = noted.filter(isSwitched).find(({ container }) => container === name);
  const told = found?.arguments ?? [];
  const isTail = told.length > 0 && told.every((each, at) => args[args.length - told.length + at] === each);
  const variables = env.filter(
    (each) => each.value !== undefined && found?.environment[each.name] === each.value,
  );
  return { arguments: isTail ? told.length : 0, variables };
}

/** The program that decides, and the Go that it runs on once the pod is as it is wished; `undefined` while that is open. */
function settled(
  runtime: GoRuntime,
  image: string | undefined,
): { binary: ObservedBinary; goVersion: string } | undefined {
  const [binary] = binariesOf(runtime, image);
  if (runtime.spec.mode === 'godebug') return binary && { binary, goVersion: binary.goVersion };
  const [choice] = chooseArtefacts(runtime, image);
  if (choice) return choice;
  return binary && binary.goVersion === targetOf(runtime)
    ? { binary, goVersion: binary.goVersion }
    : undefined;
}

/** What a wish has the operator in a container told; `undefined` when it wishes no switches or the program's Go is still open. */
export function wantSwitches(
  container: PodContainer,
  runtime: GoRuntime,
  pod: { readonly annotations: Readonly<Record<string, string>>; readonly noted: readonly Injection[] },
): { readonly injection?: SwitchInjection; readonly notes: readonly string[] } | undefined {
  const { switches } = runtime.spec;
  const program = switches && settled(runtime, container.image);
  if (!switches || !program) return undefined;
  const { binary, goVersion } = program;
  const ours = ourSwitches(container, pod.noted);
  const { command, args } = container;
  const own = args?.slice(0, args.length - ours.arguments);
  const declared = parseUnderstands(pod.annotations[understandsAnnotation]);
  const plan = planSwitches(switches, {
    goVersion,
    operator: findOperator(binary),
    understands: { ...switches.understands, ...declared.channels },
    authored: command === undefined && own === undefined ? undefined : [...(command ?? []), ...(own ?? [])],
    variables: (container.env ?? []).filter((each) => !ours.variables.includes(each)).map(({ name }) => name),
  });
  const bad = declared.malformed.map((entry) => `${understandsAnnotation}: "${entry}" cannot be read`);
  const notes = [...plan.notes, ...bad];
  const { arguments: told, environment } = plan;
  if (told.length === 0 && Object.keys(environment).length === 0) return { notes };
  const { path, imageId } = binary;
  const common = { container: container.name, runtime: runtime.metadata.name, path, goVersion, imageId };
  return { injection: { ...common, arguments: told, environment }, notes };
}
