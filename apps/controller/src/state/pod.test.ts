import { expect, test } from 'vitest';
import { copierTrouble, type Pod, stripPod } from './pod.ts';

const makePod = (more: Partial<Pod['spec']>, status: Pod['status'] = {}): Pod => ({
  metadata: { name: 'a', namespace: 'demo' },
  spec: { containers: [{ name: 'main' }], ...more },
  status,
});

test('of a command only the program is kept, of volumes and init containers only what may be ours', () => {
  const { spec } = stripPod(
    makePod({
      containers: [{ name: 'main', command: ['/app', '--password=secret'] }],
      volumes: [
        { name: 'gofleet-0', emptyDir: { sizeLimit: '1Mi' } },
        { name: 'gofleet-1', image: { reference: 'a@sha256:1' } },
        { name: 'own', emptyDir: {} },
        { name: 'gofleet-2', csi: { driver: 'other.example' } },
      ],
      initContainers: [{ name: 'gofleet-0', image: 'a@sha256:1' }, { name: 'own' }],
    }),
  );
  expect(JSON.stringify(spec)).not.toContain('secret');
  expect(spec.containers[0]?.command).toEqual(['/app']);
  expect(spec.volumes?.map(({ name }) => name)).toEqual(['gofleet-0', 'gofleet-1']);
  expect(spec.initContainers).toEqual([{ name: 'gofleet-0', image: 'a@sha256:1' }]);
});

test.each([
  [{ waiting: { reason: 'ErrImagePull' } }, /gofleet-0 could not copy the artefact: ErrImagePull$/],
  [{ terminated: { reason: 'Error', exitCode: 28 } }, /Error, exit code 28: no space is left on the node$/],
  [{ terminated: { reason: 'Completed', exitCode: 0 } }, undefined],
  [{ waiting: { reason: 'PodInitializing' } }, undefined],
])('a copier in the state %j', (state, expected) => {
  const pod = stripPod(makePod({}, { initContainerStatuses: [{ name: 'gofleet-0', state }] }));
  const trouble = copierTrouble(pod);
  if (expected === undefined) expect(trouble).toBeUndefined();
  else expect(trouble).toMatch(expected);
});
