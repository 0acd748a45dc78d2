import { expect, test } from 'vitest';
import type { Pod } from '../report/pod.ts';
import { idleSandboxOf } from './idle-sandbox.ts';

const running = { running: {} };
const ended = (exitCode: number) => ({ terminated: { exitCode } });
const injection = {
  ...{
    container: 'gofleet-sandbox',
    runtime: 'ci',
    goVersion: '1.26.8',
    path: '/run/gofleet-sandbox',
    imageId: '',
  },
  ...{ sandbox: { volume: 'work' }, goVersions: ['1.26.8'] },
};
const annotations = {
  'gofleet.dev/injected': JSON.stringify([injection]),
};

function pod(
  restartPolicy: 'Always' | 'OnFailure' | 'Never',
  states: Readonly<Record<string, object>>,
  noted: Readonly<Record<string, string>> = annotations,
): Pod {
  const names = ['gofleet-sandbox', 'main', 'other'];
  return {
    metadata: { name: 'ci', namespace: 'ci', annotations: noted },
    spec: { restartPolicy, containers: names.map((name) => ({ name })) },
    status: {
      containerStatuses: Object.entries(states).map(([name, state]) => ({
        ...{ name, state, containerID: `containerd://${name}` },
      })),
    },
  };
}

const sandbox = { 'gofleet-sandbox': running };

test('all others have ended for good', () => {
  for (const each of [
    pod('Never', { ...sandbox, main: ended(0), other: ended(3) }),
    pod('OnFailure', { ...sandbox, main: ended(0), other: ended(0) }),
  ])
    expect(idleSandboxOf(each)).toBe('containerd://gofleet-sandbox');
});

test.each<[string, Pod]>([
  ['one is at work', pod('Never', { ...sandbox, main: ended(0), other: running })],
  ['one has not begun', pod('Never', { ...sandbox, main: ended(0) })],
  ['one is started again', pod('OnFailure', { ...sandbox, main: ended(0), other: ended(1) })],
  ['all are started again', pod('Always', { ...sandbox, main: ended(0), other: ended(0) })],
  ['it has ended too', pod('Never', { 'gofleet-sandbox': ended(0), main: ended(0), other: ended(0) })],
  ['it is native', pod('Never', { main: ended(0), other: ended(0) })],
  ['somebody else put it there', pod('Never', { ...sandbox, main: ended(0), other: ended(0) }, {})],
])('none: %s', (_why, each) => {
  expect(idleSandboxOf(each)).toBeUndefined();
});
