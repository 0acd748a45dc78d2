import { chooseReleases } from '@gofleet/inject/choose-releases';
import { isToolchain } from '@gofleet/inject/injection';
import type { RunningFacts } from '@gofleet/inject/runtime-status';
import {
  inPod,
  renderReleases,
  type ToolchainFacts,
  type ToolchainInjection,
} from '@gofleet/inject/toolchain';
import type { ContainerCase, Judgement } from './judge-container.ts';
import { judge, judgeOutdated, judgeWaiting } from './judge-waiting.ts';

/** Where the mounts of a process were read, from where its executable was. */
const sourceOf = ({ source }: RunningFacts): string => source.replace('/exe on ', '/mountinfo on ');

const judgeUnmounted = (container: ContainerCase, wanted: ToolchainInjection): Judgement =>
  judgeWaiting(container, renderReleases(wanted.releases), 'mounted');

/** Why the processes of a container do not find what was mounted. */
function findFault(injected: ToolchainInjection, { mounts, searchPath }: ToolchainFacts): string | undefined {
  const { releases, path, goRoot, goVersion, environment } = injected;
  const expected = [
    ...releases.map((each) => ({ at: `${path}/${each.goVersion}`, goVersion: each.goVersion })),
    ...(goRoot === undefined ? [] : [{ at: goRoot, goVersion }]),
  ];
  for (const each of expected) {
    const found = mounts.findLast((mount) => mount.path === each.at)?.goVersion;
    if (found !== each.goVersion)
      return `${found ?? 'no Go'} is mounted at ${each.at}, expected ${each.goVersion}`;
  }
  if (environment.PATH === undefined || searchPath?.split(':')[0] === inPod.bin) return undefined;
  return `its main process began with PATH=${searchPath ?? ''}: something in the container changed it, and ${inPod.bin} is not first`;
}

function isOutdated(injected: ToolchainInjection, wanted: ToolchainInjection | undefined): boolean {
  const of = (each: ToolchainInjection | undefined) =>
    JSON.stringify([each?.releases, each?.shim, each?.goRoot, each?.environment]);
  return of(injected) !== of(wanted);
}

/** The phase of a container that a wish of mode toolchain selects, from what its main process sees mounted. */
export function judgeToolchain(container: ContainerCase, facts: RunningFacts): Judgement {
  const { runtime, notes = [], refusal } = container;
  const injected = container.injections.find(isToolchain);
  const wanted = container.wanted.find(isToolchain);
  if (refusal !== undefined) return judge('Failed', refusal);
  if (!injected) {
    if (wanted) return judgeUnmounted(container, wanted);
    const choice = chooseReleases(runtime);
    return 'waitsFor' in choice
      ? judge('Building', `waits for ${choice.waitsFor}`)
      : judge('Observing', 'waits for its node to read PATH');
  }
  if (!facts.toolchain) return judge('Observing', 'what is mounted has not been read by its node yet');
  const fault = findFault(injected, facts.toolchain);
  if (fault !== undefined) return judge('Ineffective', fault);
  const has = `finds ${renderReleases(injected.releases)}`;
  if (!isOutdated(injected, wanted))
    return judge('Verified', [`${has}, read from ${sourceOf(facts)}`, ...notes].join('; '));
  return judgeOutdated(`${has}, which the wish has outdated`, wanted && judgeUnmounted(container, wanted));
}
