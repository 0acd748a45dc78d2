import { binariesOf } from '@gofleet/inject/choose-artefact';
import { type EnvironmentInjection, isEnvironment } from '@gofleet/inject/injection';
import type { RunningFacts } from '@gofleet/inject/runtime-status';
import {
  expandVariables,
  renderVariables,
  runtimeVariables,
  sameVariables,
} from '@gofleet/inject/runtime-variables';
import type { ContainerCase, Judgement } from './judge-container.ts';
import { judge, judgeOutdated, judgeUnobserved, judgeWaiting } from './judge-waiting.ts';

/** Where the environment of a process was read, from where its executable was. */
const sourceOf = ({ source }: RunningFacts): string => source.replace('/exe on ', '/environ on ');

/** A value that kubelet wrote for {@link followingMemoryLimit}. */
const followed = /^\d{1,9}000000$/;

const judgeUnset = (container: ContainerCase, wanted: EnvironmentInjection): Judgement =>
  judgeWaiting(container, renderVariables(wanted.variables), 'set');

function judgeSet(
  container: ContainerCase,
  facts: RunningFacts,
  { injected, wanted }: { injected: EnvironmentInjection; wanted: EnvironmentInjection | undefined },
): Judgement {
  const { environment = {} } = facts;
  const set = expandVariables(injected.variables, container.memoryLimit);
  const wrong = runtimeVariables.find((name) => set[name] !== undefined && set[name] !== environment[name]);
  if (wrong === 'GOMEMLIMIT' && followed.test(environment.GOMEMLIMIT ?? '') && set !== injected.variables)
    return judgeOutdated(
      `runs with GOMEMLIMIT=${environment.GOMEMLIMIT} of the memory limit that it began with`,
      judge('Pending', `it follows the limit, to ${set.GOMEMLIMIT}, when the container starts anew`),
    );
  if (wrong !== undefined)
    return judge(
      'Ineffective',
      `${facts.path} began with ${wrong}=${environment[wrong] ?? '(unset)'} although ${set[wrong]} is set: something in the container changed it`,
    );
  if (wanted && sameVariables(wanted.variables, injected.variables))
    return judge(
      'Verified',
      `${facts.goVersion} runs with ${renderVariables(set)}, read from ${sourceOf(facts)}`,
    );
  const stale = `runs with ${renderVariables(set)}, which the wish or the limits of the container have outdated`;
  return judgeOutdated(stale, wanted && judgeUnset(container, wanted));
}

function withNotes({ phase, reason }: Judgement, notes: readonly string[] = []): Judgement {
  return judge(phase, [reason, ...notes].join('; '));
}

/** The phase of a container that a wish of mode godebug selects, from the environment that its process began with. */
export function judgeEnvironment(container: ContainerCase, facts: RunningFacts): Judgement {
  const { runtime, image, notes, refusal } = container;
  if (facts.goVersion === undefined)
    return judge('Skipped', facts.problem ?? `${facts.path} is no Go program`);
  const injected = container.injections.find(isEnvironment);
  const wanted = container.wanted.find(isEnvironment);
  if (refusal !== undefined) {
    const kept = injected ? `; until it is replaced it has ${renderVariables(injected.variables)}` : '';
    return judge('Failed', `${refusal}${kept}`);
  }
  if (injected) return withNotes(judgeSet(container, facts, { injected, wanted }), notes);
  if (wanted) return withNotes(judgeUnset(container, wanted), notes);
  if (binariesOf(runtime, image).length === 0) return judgeUnobserved(container, facts);
  return withNotes(judge('Skipped', `${facts.goVersion} needs nothing set`), notes);
}
