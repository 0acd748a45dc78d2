import { isChecked, wishedLibrary } from '@gofleet/inject/choose-library';
import { isReportOn } from '@gofleet/inject/go-pod';
import type { ObservedLibrary } from '@gofleet/inject/library';
import { keyOf } from '@gofleet/kube/kube-object';
import type { SurveyedPod, SurveyInput } from './survey.ts';

/** A pod that goes before its successor is read leaves its program without one that runs it for a while. */
export const unrunForMs = 60_000;

const programOf = ({
  image,
  program,
  programSha256,
}: Pick<ObservedLibrary, 'image' | 'program' | 'programSha256'>): string =>
  [image, program, programSha256].join('\0');

/** The programs that nodes have read in live pods of a wish. */
function programsIn(surveyed: readonly SurveyedPod[], { reports }: SurveyInput): ReadonlySet<string> {
  const found = surveyed.flatMap(({ pod }) => {
    const report = reports.get(pod.metadata.name);
    const containers = report && isReportOn(report, pod.metadata.uid) ? report.containers : undefined;
    return (containers ?? []).map(({ name, running }) => {
      const { image = '' } = pod.spec.containers.find((each) => each.name === name) ?? {};
      return programOf({ image, program: running.path, programSha256: running.sha256 });
    });
  });
  return new Set(found);
}

/**
 * Programs that the wished library was not held against, and that no pod runs any more: of an image from before, of a Job that has ended.
 * A node looks at what runs, so that nothing may wait for them.
 */
export class UnrunPrograms {
  /** Since when, in ms of a monotonic clock, by wish and program. */
  readonly #since = new Map<string, ReadonlyMap<string, number>>();

  /** Those of a wish that have been so for long enough. */
  find(input: SurveyInput, surveyed: readonly SurveyedPod[], nowMs: number): readonly ObservedLibrary[] {
    const key = keyOf(input.runtime);
    const known = this.#since.get(key);
    const unrun = this.#unrun(input, surveyed);
    const since = new Map(unrun.map((each) => [programOf(each), known?.get(programOf(each)) ?? nowMs]));
    if (since.size === 0) this.#since.delete(key);
    else this.#since.set(key, since);
    return unrun.filter((each) => nowMs - (since.get(programOf(each)) ?? nowMs) >= unrunForMs);
  }

  /** A wish is gone. */
  forget(key: string): void {
    this.#since.delete(key);
  }

  #unrun(input: SurveyInput, surveyed: readonly SurveyedPod[]): readonly ObservedLibrary[] {
    const library = wishedLibrary(input.runtime);
    if (!library) return [];
    const { libraries = [] } = input.runtime.status ?? {};
    const open = libraries.filter((each) => !isChecked(each, library));
    if (open.length === 0) return [];
    const running = programsIn(surveyed, input);
    return open.filter((each) => !running.has(programOf(each)));
  }
}
