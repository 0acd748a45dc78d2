import type { Injection } from '@gofleet/inject/go-runtime';
import { planInjection } from '@gofleet/inject/plan-injection';
import type { PodTemplate } from '@gofleet/inject/pod';
import { applyJsonPatch } from '@gofleet/testkit/apply-json-patch';
import { makeReadyRuntime } from '@gofleet/testkit/go-runtime-maker';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Pod, stripPod } from './pod.ts';

const image = 'example.com/operator:v1';
const understands = { maxConcurrentReconciles: '--concurrency', priorityQueue: 'env:QUEUE' } as const;
const switches = { maxConcurrentReconciles: { value: 5 }, priorityQueue: true, understands };
const runtime = makeReadyRuntime(image, { spec: { switches } });

const argument = fc.constantFrom(
  '--token=hunter2',
  '-concurrency',
  '2',
  '--',
  '-c',
  '/bin/sh',
  'serve',
  '--concurrency=5',
);
const texts = fc.option(fc.array(argument, { maxLength: 4 }), { nil: undefined });
const container = fc.record(
  {
    command: texts,
    args: texts,
    env: fc.uniqueArray(
      fc.constantFrom(
        { name: 'QUEUE', value: 'no' },
        { name: 'TOKEN', value: 'hunter2' },
        { name: 'GOGC', value: '1' },
      ),
      { selector: ({ name }) => name },
    ),
  },
  { requiredKeys: [] },
);

function injectionsOf(pod: PodTemplate): readonly Injection[] {
  return planInjection(pod, [runtime]).injections;
}

test('a stripped pod is wished what the whole pod is, before and after it was injected, and keeps no secret', () => {
  fc.assert(
    fc.property(container, (more) => {
      const fields = Object.entries(more).filter(([, value]) => value !== undefined);
      const whole = {
        metadata: { name: 'p', labels: { app: 'operator' } },
        spec: { containers: [{ name: 'manager', image, ...Object.fromEntries(fields) }] },
      } as Pod;
      const injected = applyJsonPatch(whole, planInjection(whole, [runtime]).operations) as Pod;
      for (const pod of [whole, injected]) {
        const stripped = stripPod(pod);
        expect(injectionsOf(stripped)).toEqual(injectionsOf(whole));
        expect(JSON.stringify(stripped)).not.toContain('hunter2');
      }
    }),
  );
});
