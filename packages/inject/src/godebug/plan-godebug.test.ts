import { requireGoRelease } from '@gofleet/base/go-version';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type GodebugWish, parseGodebug, parseProfile, planGodebug } from './plan-godebug.ts';

function plan(release: string, wish: Partial<GodebugWish>, built = ''): string {
  const goVersion = requireGoRelease(release);
  const { value, problem } = {
    value: undefined,
    problem: undefined,
    ...planGodebug({ settings: {}, ...wish }, { goVersion, defaults: parseGodebug(built) }),
  };
  return problem === undefined ? String(value) : `! ${problem}`;
}

test('a profile: what has changed since the release gets its old value', () => {
  expect(plan('1.23.4', { profile: 22 })).toBe(
    'asynctimerchan=1,gotypesalias=0,httpservecontentkeepheaders=1,tls3des=1,tlskyber=0,winreadlinkvolume=0,winsymlink=0,x509keypairleaf=0,x509negativeserial=1',
  );
  expect(plan('1.26.8', { profile: 25 })).toBe('cryptocustomrand=1,tlssecpmlkem=0,urlstrictcolons=0');
  expect(plan('1.26.8', { profile: 26 })).toBe('');
});

test('a profile: what a build chose already is not set again, and what it chose from an older release is undone', () => {
  expect(plan('1.26.8', { profile: 25 }, 'cryptocustomrand=1,tlssecpmlkem=0')).toBe('urlstrictcolons=0');
  // A program of go 1.24 in go.mod, built by 1.26: the runtime's own are numbers, others have an empty text for the newest.
  const built =
    'containermaxprocs=0,cryptocustomrand=1,decoratemappings=0,tlssha1=1,updatemaxprocs=0,urlstrictcolons=0';
  expect(plan('1.26.8', { profile: 26 }, built)).toBe(
    'containermaxprocs=1,cryptocustomrand=,decoratemappings=1,tlssha1=,updatemaxprocs=1,urlstrictcolons=',
  );
});

test('what a release has removed is left out', () => {
  expect(plan('1.27.4', { profile: 21 })).not.toContain('tls10server');
  expect(plan('1.26.8', { profile: 21 })).toContain('tls10server=1');
});

test('explicit settings win over the profile', () => {
  expect(plan('1.26.8', { profile: 25, settings: { asyncpreemptoff: '1', urlstrictcolons: '1' } })).toBe(
    'asyncpreemptoff=1,cryptocustomrand=1,tlssecpmlkem=0,urlstrictcolons=1',
  );
});

test.each([
  ['1.26.8', { asyncpremptoff: '1' }, 'asyncpremptoff is no setting of any Go'],
  [
    '1.23.4',
    { containermaxprocs: '0' },
    'containermaxprocs is a setting of Go 1.25 to 1.27; go1.23.4 would ignore it silently',
  ],
  ['1.27.4', { tls10server: '1' }, 'tls10server is a setting of Go 1.22 to 1.26; go1.27.4'],
  [
    '1.26.9',
    { httpservecontentmaxranges: '1' },
    'httpservecontentmaxranges is a setting of Go 1.26.11 to 1.27',
  ],
  ['1.26.8', { gctrace: 'yes' }, 'gctrace=yes: the runtime reads a whole number'],
  ['1.26.8', { cgocheck: '2' }, 'cgocheck=2: expected 0 or 1'],
  ['1.26.8', { http2client: '0,panicnil=1' }, 'http2client=0,panicnil=1: expected a word or a number'],
  ['1.26.8', { 'cpu.avx2': 'no' }, 'cpu.avx2=no: expected on or off'],
  ['1.26.8', { constructor: '1' }, 'constructor is no setting'],
  ['1.20.14', { gctrace: '1' }, 'go1.20.14 has no table of GODEBUG settings'],
])('%s with %j: %s', (release, settings, problem) => {
  expect(plan(release, { settings: settings as Record<string, string> })).toContain(`! ${problem}`);
});

test('forward is refused, and so are profiles of programs older than the table; the same release is nothing to do', () => {
  expect(plan('1.22.5', { profile: 24 })).toBe(
    '! go1.22.5 cannot behave as Go 1.24: settings lead back, not forward; mode relink does',
  );
  expect(plan('1.20.14', { profile: 19 })).toMatch(/^! go1\.20\.14 has no table/);
  expect(plan('1.20.14', { profile: 20 })).toBe('');
  expect(plan('1.18.10', {})).toBe('');
});

test('processor options, names of resolvers and empty values are taken', () => {
  const settings = { 'cpu.avx2': 'off', netdns: 'go+1', tlssha1: '' };
  expect(plan('1.26.8', { settings })).toBe('cpu.avx2=off,netdns=go+1,tlssha1=');
});

test('only a plain version is a profile', () => {
  expect(['1.22', 'go1.22.5', '1.26rc1', '>=1.22', '=1.22', '1.22 <1.24', ''].map(parseProfile)).toEqual([
    22,
    22,
    26,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('whatever is planned reads back as itself', () => {
  const names = fc.constantFrom('gctrace', 'panicnil', 'http2client', 'netdns', 'cpu.all', 'nonsense');
  const values = fc.oneof(fc.constantFrom('0', '1', 'off', 'go', ''), fc.string({ maxLength: 6 }));
  fc.assert(
    fc.property(fc.dictionary(names, values), (settings) => {
      const planned = planGodebug({ settings }, { goVersion: requireGoRelease('1.26.8'), defaults: {} });
      if (planned.problem === undefined) expect(parseGodebug(planned.value)).toEqual(settings);
    }),
  );
});
