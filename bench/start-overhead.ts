import type { Bench } from './bench.ts';
import { compareStarts } from './start-times.ts';

export const bench: Bench = {
  question: 'what does an injection cost a pod, from its creation to the first output of its program?',
  run: () => compareStarts('start-overhead', ['uninjected', 'injected']),
};
