import type { Considered, GoWish, Resolution, Source } from '@gofleet/declare/declaration';
import { expect, test } from 'vitest';
import { chooseGo } from './choose-go.ts';

const at = (version: string, goRoot = `/store/${version}`) => ({ version, goRoot });
const installed = [at('go1.22.12'), at('go1.24.2'), at('go1.24.11'), at('go1.26.8')];
const local = at('go1.26.8', '/usr/local/go');

function resolution(wish: GoWish | undefined, source: Source = '.go-version'): Resolution {
  const place = { file: '/m/.go-version', line: 1, column: 1, text: '' };
  const winner: Considered = {
    source,
    what: '',
    value: '',
    place,
    wish: wish ?? { kind: 'unknown' },
    verdict: 'wins',
    because: '',
  };
  return { directory: '/m', wish, winner, considered: [winner], findings: [], watched: [] };
}

test.each<[string, Resolution, unknown]>([
  ['a release', resolution({ kind: 'release', release: 'go1.24.2' }), { target: installed[1] }],
  [
    'a release of the store before that of PATH',
    resolution({ kind: 'release', release: 'go1.26.8' }),
    { target: installed[3] },
  ],
  [
    'the Go in PATH where it won',
    resolution({ kind: 'release', release: 'go1.26.8' }, 'local Go'),
    { target: local },
  ],
  ['the newest of a minor', resolution({ kind: 'constraint', constraint: '1.24' }), { target: installed[2] }],
  ['a release that is missing', resolution({ kind: 'release', release: 'go1.25.1' }), { missing: '1.25.1' }],
  ['a minor that is missing', resolution({ kind: 'constraint', constraint: '1.25' }), { missing: '1.25' }],
  ['what PATH has', resolution({ kind: 'local' }), { target: local }],
  ['what nobody knows', resolution({ kind: 'unknown' }), {}],
  ['a refusal', resolution(undefined), {}],
])('%s', (_name, asked, expected) => {
  expect(chooseGo(asked, { installed, local })).toEqual(expected);
});

test('without a Go in PATH there is none to fall back to', () => {
  expect(chooseGo(resolution({ kind: 'local' }), { installed, local: undefined })).toEqual({});
});
