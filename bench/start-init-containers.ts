import type { Bench } from './bench.ts';
import { compareStarts } from './start-times.ts';

export const bench: Bench = {
  question: 'what do init containers cost beside it: one that does nothing, and one that copies a GOROOT?',
  run: () =>
    compareStarts('start-init-containers', [
      'uninjected',
      'injected',
      'initContainerNothing',
      'initContainerCopy',
    ]),
};
