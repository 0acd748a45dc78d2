import type { GoRuntime, ObservedBinary } from '@gofleet/inject/go-runtime';
import { expect, test } from 'vitest';
import { binariesToRelink, buildKey, listWantedBuilds } from './wanted-builds.ts';

const binary = (sha256: string, goVersion = 'go1.21.5'): ObservedBinary => ({
  image: `registry.test/${sha256}:1`,
  path: '/manager',
  sha256,
  sizeBytes: 1,
  imageId: '',
  goVersion,
  os: 'linux',
  arch: 'amd64',
  buildId: '',
  package: 'example.test/cmd',
  buildInfo: '',
});

const runtime = (
  name: string,
  binaries: ObservedBinary[],
  minimumGrade?: 'proven' | 'claimed',
): GoRuntime => ({
  apiVersion: 'gofleet.dev/v1alpha1',
  kind: 'GoRuntime',
  metadata: { name, namespace: 'a' },
  spec: { selector: {}, runtime: { goVersion: '1.26.8' }, ...(minimumGrade && { minimumGrade }) },
  status: { binaries },
});

const target = () => 'go1.26.8';

test('what several GoRuntimes want is built once, with the least evidence that one of them accepts', () => {
  const wanted = listWantedBuilds(
    [
      runtime('a', [binary('1'), binary('2')], 'proven'),
      runtime('b', [binary('1')], 'claimed'),
      runtime('c', [binary('1')]),
    ],
    target,
  );
  expect([...wanted.keys()]).toEqual([buildKey('1', 'go1.26.8'), buildKey('2', 'go1.26.8')]);
  expect(wanted.get(buildKey('1', 'go1.26.8'))?.minimumGrade).toBe('claimed');
  expect(wanted.get(buildKey('2', 'go1.26.8'))?.minimumGrade).toBe('proven');
});

test('nothing is built without a target, for a deleted wish, or for what has the target already', () => {
  expect(listWantedBuilds([runtime('a', [binary('1')])], () => undefined).size).toBe(0);
  const gone = runtime('a', [binary('1')]);
  const deleted = { ...gone, metadata: { ...gone.metadata, deletionTimestamp: 'now' } };
  expect(listWantedBuilds([deleted], target).size).toBe(0);
  expect(binariesToRelink(runtime('a', [binary('1', 'go1.26.8')]), 'go1.26.8')).toEqual([]);
});
