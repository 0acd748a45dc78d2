import { makeReadyRuntime, makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import { expect, test } from 'vitest';
import { renderWebhooks } from './webhook-configuration.ts';

const image = 'example.com/operator:v1';

test('an entry per wish that has something to mount: its namespace, its labels, never the opted out', () => {
  const [entry] = renderWebhooks([makeReadyRuntime(image)], { caBundle: 'Q0E=' });
  expect(entry).toMatchObject({
    name: 'operator.demo.inject.gofleet.dev',
    failurePolicy: 'Ignore',
    timeoutSeconds: 2,
    reinvocationPolicy: 'IfNeeded',
    sideEffects: 'None',
    namespaceSelector: {
      matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['demo'] }],
    },
    objectSelector: {
      matchLabels: { app: 'operator' },
      matchExpressions: [{ key: 'gofleet.dev/inject', operator: 'NotIn', values: ['false'] }],
    },
    clientConfig: { caBundle: 'Q0E=', service: { name: 'gofleet-webhook', path: '/mutate' } },
  });
});

test('wishes without an artefact, deleted ones, empty selectors and invalid ones have none', () => {
  const wishes = [
    makeRuntime(),
    makeReadyRuntime(image, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
    makeReadyRuntime(image, { spec: { selector: {} } }),
    makeReadyRuntime(image, { spec: { selector: { matchLabels: { 'not a key': 'x' } } } }),
  ];
  expect(renderWebhooks(wishes, { caBundle: '' })).toEqual([]);
});

test('names are unique, in order, and short enough', () => {
  const names = ['b', 'a', 'x'.repeat(253)].map((name) => makeReadyRuntime(image, { metadata: { name } }));
  const rendered = renderWebhooks(names, { caBundle: '' }).map((entry) => String(entry.name));
  expect(rendered.slice(0, 2)).toEqual(['a.demo.inject.gofleet.dev', 'b.demo.inject.gofleet.dev']);
  expect(rendered[2]?.length).toBeLessThanOrEqual(253);
});

test('where namespaces are not labelled with their name, the labels of pods select alone', () => {
  const [entry] = renderWebhooks([makeReadyRuntime(image)], { caBundle: '', byNamespace: false });
  expect(entry).not.toHaveProperty('namespaceSelector');
  expect(entry).toMatchObject({ objectSelector: { matchLabels: { app: 'operator' } } });
});
