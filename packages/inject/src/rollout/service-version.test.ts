import { applyJsonPatch } from '@gofleet/testkit/apply-json-patch';
import { expect, test } from 'vitest';
import { inCluster } from '../in-cluster.ts';
import {
  explainServiceVersion,
  planServiceVersion,
  rolloutIn,
  type ServiceVersion,
  serviceVersionOf,
} from './service-version.ts';

const ours = inCluster.rolloutAnnotation;

function makeVersion(annotations?: Record<string, string>): ServiceVersion {
  const template = (name: string, more?: Record<string, string>) => ({
    metadata: { labels: { name }, ...(more === undefined ? {} : { annotations: more }) },
  });
  return {
    metadata: { name: 'queue.v1.2.0', namespace: 'shop' },
    spec: {
      install: {
        spec: {
          deployments: [
            { name: 'webhook', spec: { template: template('webhook', { author: 'x' }) } },
            { name: 'manager', spec: { template: template('manager', annotations) } },
          ],
        },
      },
    },
    status: { phase: 'Succeeded' },
  };
}

const apply = (version: ServiceVersion, value: string | null): ServiceVersion =>
  applyJsonPatch(version, planServiceVersion(version, 'manager', value));

test('the owner of the kind tells, of whatever version of its API; other owners do not', () => {
  const owner = { apiVersion: 'operators.coreos.com/v1alpha1', kind: 'ClusterServiceVersion', name: 'queue' };
  const ownedBy = (...ownerReferences: (typeof owner)[]) =>
    serviceVersionOf({ metadata: { ownerReferences } });
  expect(ownedBy({ ...owner, kind: 'Subscription', name: 's' }, owner)).toBe('queue');
  expect(ownedBy({ ...owner, apiVersion: 'example.com/v1' })).toBeUndefined();
  expect(serviceVersionOf({ metadata: {} })).toBeUndefined();
});

test.each([undefined, { author: 'y' }])(
  'one deployment of the list gets it and gives it back, with annotations %j',
  (annotations) => {
    const version = makeVersion(annotations);
    const rolled = apply(version, 'go1.26.8@0123456789ab');
    expect(rolloutIn(rolled, 'manager')).toBe('go1.26.8@0123456789ab');
    expect(rolloutIn(rolled, 'webhook')).toBeUndefined();
    expect(rolled).toMatchObject(version);
    expect(planServiceVersion(rolled, 'manager', 'go1.26.8@0123456789ab')).toEqual([]);
    expect(apply(rolled, null)).toEqual(version);
    expect(planServiceVersion(version, 'manager', null)).toEqual([]);
  },
);

test('a template without metadata gets it', () => {
  const version = {
    ...makeVersion(),
    spec: { install: { spec: { deployments: [{ name: 'manager', spec: { template: {} } }] } } },
  };
  expect(rolloutIn(apply(version, 'a'), 'manager')).toBe('a');
});

test('a deployment that is not listed is not written', () => {
  expect(planServiceVersion(makeVersion(), 'other', 'a')).toEqual([]);
  expect(planServiceVersion({ metadata: { name: 'empty' }, spec: {} }, 'manager', 'a')).toEqual([]);
});

test('refused when the list, or what the template carries, has changed meanwhile', () => {
  const patch = planServiceVersion(makeVersion(), 'manager', 'a');
  const { deployments = [] } = makeVersion().spec.install?.spec ?? {};
  const reversed = { spec: { install: { spec: { deployments: deployments.toReversed() } } } };
  expect(() => applyJsonPatch(reversed, patch)).toThrow('/spec/install/spec/deployments/1/name differs');
  expect(() => applyJsonPatch(makeVersion({ author: 'y' }), patch)).toThrow('metadata differs');
});

test('says who rolls it, and when OLM has not acted yet', () => {
  const version = makeVersion({ [ours]: 'a' });
  expect(explainServiceVersion(version, 'manager', 'a')).toBe(
    'managed by OLM: ClusterServiceVersion queue.v1.2.0',
  );
  expect(explainServiceVersion({ ...version, status: { phase: 'Pending' } }, 'manager', undefined)).toBe(
    'managed by OLM: ClusterServiceVersion queue.v1.2.0 (Pending) says otherwise than its Deployment: OLM has to act',
  );
});
