import type { DynamicFacts, DynamicSymbol } from '@gofleet/identify/elf/read-dynamic';
import { expect, test } from 'vitest';
import { checkLibgo } from './check-libgo.ts';

function symbols(...names: readonly string[]): ReadonlyMap<string, DynamicSymbol> {
  return new Map(names.map((name) => [name, { name, kind: 'object', sizeBytes: 8, isWeak: false }]));
}

function make(more: Partial<DynamicFacts> = {}): DynamicFacts {
  const none = symbols();
  return {
    ...{
      arch: 'amd64',
      bits: 64,
      soname: '',
      needed: [],
      versions: [],
      provides: [],
      defined: none,
      undefined: none,
    },
    ...more,
  };
}

const program = make({
  needed: ['libgo.so.21', 'libc.so.6'],
  undefined: symbols('fmt.Println', 'write', 'absent'),
  defined: symbols('runtime..types', 'main.main'),
});
const current = make({
  ...{ soname: 'libgo.so.21', needed: ['libc.so.6'], versions: ['GLIBC_2.34'] },
  defined: symbols('fmt.Println', 'fmt.Unused', 'runtime..types'),
});
const check = (
  next: DynamicFacts,
  parts: { program?: DynamicFacts; current?: DynamicFacts; loaded?: readonly DynamicFacts[] } = {},
) =>
  checkLibgo({ program, current, ...parts, next }).map(
    ({ code, severity, message }) => `${severity} ${code.slice(13)}: ${message}`,
  );

test('the same library, and one that lacks only what is not taken, fit', () => {
  expect(check(current)).toEqual([]);
  expect(check({ ...current, defined: symbols('fmt.Println', 'runtime..types', 'fmt.New') })).toEqual([]);
});

test('names that are taken, copied data included, and are missing or of another size', () => {
  expect(check({ ...current, defined: symbols('runtime..types') })).toEqual([
    'error missing-symbols: the new library lacks fmt.Println',
  ]);
  const resized = new Map([
    ...current.defined,
    ['runtime..types', { name: '', kind: 'object', sizeBytes: 9, isWeak: false } as const],
  ]);
  expect(check({ ...current, defined: resized })).toEqual([
    'error resized-data: data has another size in the new library: runtime..types',
  ]);
});

test('another name, another processor, or none of it at all', () => {
  expect(check({ ...current, soname: 'libgo.so.22' })).toEqual([
    'error other-soname: the program asks for libgo.so.21, the new library is libgo.so.22',
  ]);
  expect(check({ ...current, arch: 'arm64' })[0]).toMatch(/^error other-processor/);
  const bare = make({ needed: ['libc.so.6'] });
  expect(check(current, { program: bare })).toEqual([
    'error not-used: the program asks for libc.so.6, and for no libgo',
  ]);
});

test('what the new library asks of the system besides is a warning', () => {
  expect(
    check({ ...current, versions: ['GLIBC_2.34', 'GLIBC_2.38'], needed: ['libc.so.6', 'libz.so.1'] }),
  ).toEqual([
    'warning newer-system: the new library needs GLIBC_2.38, which the current one does not',
    'warning more-libraries: the new library needs libz.so.1, which the current one does not',
  ]);
});

test('where it is known what a process has loaded, versions that are nowhere in it are an error', () => {
  const next = { ...current, versions: ['GLIBC_2.38'], needed: ['libc.so.6', 'libz.so.1'] };
  const libc = (...provides: string[]) => make({ soname: 'libc.so.6', provides });
  expect(check(next, { loaded: [libc('GLIBC_2.38'), make({ soname: 'libz.so.1' })] })).toEqual([]);
  expect(check(next, { loaded: [libc('GLIBC_2.36')] })).toEqual([
    'error newer-system: the new library needs GLIBC_2.38, which is not among what the process has loaded',
    'warning more-libraries: the new library needs libz.so.1, which is not among what the process has loaded',
  ]);
});

test('-linkshared: only the same ABI hash', () => {
  const shared = make({ abiHash: 'a'.repeat(64) });
  const linked = { program: make({ needed: ['libstd.so', 'libc.so.6'] }), current: shared };
  expect(check(shared, linked)).toEqual([]);
  expect(check({ ...shared, abiHash: 'b'.repeat(64) }, linked)).toEqual([
    'error other-abi: the current library has the ABI hash aaaaaaaaaaaa, the new one bbbbbbbbbbbb: the program would not start',
  ]);
  expect(check(current, linked)[0]).toMatch(/the new one none/);
  expect(check(shared, { ...linked, program })[0]).toMatch(/^error other-soname/);
});
