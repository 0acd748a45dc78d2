import { makeMachO, makePe, makeUniversal, makeWasm, makeXcoff } from '@gofleet/testkit/executable-maker';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BinaryFacts } from './binary-facts.ts';
import { readBinary } from './read-binary.ts';

function read(file: Uint8Array): BinaryFacts {
  return readBinary((offset, length) => file.subarray(offset, offset + length));
}

function outcomeOf(file: Uint8Array): { outcome: string; asked: number } {
  let asked = 0;
  try {
    readBinary((offset, length) => {
      asked += length;
      return file.subarray(offset, offset + length);
    });
    return { outcome: 'facts', asked };
  } catch (thrown) {
    return { outcome: (thrown as { code?: string }).code ?? String(thrown), asked };
  }
}

// Without GOOS and GOARCH, so that the headers have to tell.
const modules = 'path\texample.com/hello\nmod\texample.com/hello\tv1.0.0\th1:aaaa=\n';
const orders = (['inline', 'pointers'] as const).flatMap((form) =>
  ([32, 64] as const).map((bits) => ({ form, bits, modules, goVersion: 'go1.17.3' })),
);
const makers = [
  { name: 'Mach-O', make: makeMachO, format: 'macho', os: 'darwin', archs: { 32: '386', 64: 'amd64' } },
  { name: 'PE', make: makePe, format: 'pe', os: 'windows', archs: { 32: '386', 64: 'amd64' } },
  { name: 'XCOFF', make: makeXcoff, format: 'xcoff', os: 'aix', archs: { 32: 'ppc', 64: 'ppc64' } },
] as const;
const cases = makers.flatMap((maker) => orders.map((recipe) => ({ ...maker, ...recipe, recipe })));

test.each(cases)('reads $name, $bits bits, $form', ({ make, recipe, format, os, archs }) => {
  const facts = read(make(recipe));
  expect(facts).toMatchObject({ format, os, arch: archs[recipe.bits], goVersion: 'go1.17.3', problems: [] });
  expect(facts).toMatchObject({ linkage: 'dynamic', stripped: false, grade: 'claimed' });
  expect(facts.buildInfo?.main?.version).toBe('v1.0.0');
  expect(facts.buildIdSegments).toEqual(['actionlink', 'actionmain', 'contentmain', 'contentbinary']);
});

test('Mach-O: big endian, and build info without its section', () => {
  expect(read(makeMachO({ littleEndian: false, named: false, form: 'pointers' })).goVersion).toBe('go1.26.8');
});

test('a universal file is described by its first program; the others are named', () => {
  const arm = makeMachO({ arm: true, modules });
  const facts = read(
    makeUniversal([
      { cpu: 0x100000c, file: arm },
      { cpu: 0x1000007, file: makeMachO() },
    ]),
  );
  expect(facts).toMatchObject({ arch: 'arm64', goVersion: 'go1.26.8' });
  expect(facts.problems).toEqual(['universal file: not described are amd64']);
  expect(outcomeOf(makeUniversal([{ cpu: 7, file: makePe() }])).outcome).toBe('identify.not-executable');
});

test('WebAssembly: release from its producers, module text from its data', () => {
  const facts = read(makeWasm());
  expect(facts).toMatchObject({ format: 'wasm', arch: 'amd64', goVersion: 'go1.26.8', grade: 'claimed' });
  expect(facts.buildInfo?.main?.path).toBe('example.com/hello');
  expect(facts.buildIdSegments).toHaveLength(4);
  const bare = read(makeWasm({ modules: '' }));
  expect(bare).toMatchObject({ os: 'unknown', arch: 'wasm', goVersion: 'go1.26.8' });
});

test('WebAssembly: another compiler is not Go, and Go of an unknown release is', () => {
  expect(outcomeOf(makeWasm({ producers: false, buildId: '' })).outcome).toBe('identify.not-go');
  expect(read(makeWasm({ producers: false }))).toMatchObject({ goVersion: undefined, grade: 'unknown' });
});

test('executables that are not Go are told from what is no executable', () => {
  for (const { make } of makers) {
    expect(outcomeOf(make({ form: 'none', buildId: '' })).outcome).toMatch(/identify\.not-go|facts/);
  }
  expect(outcomeOf(makePe({ form: 'none', buildId: '' })).outcome).toBe('identify.not-go');
  const java = Uint8Array.of(0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61, 0, 0);
  expect(() => read(java)).toThrow('a Java class file');
});

test('an ordinary Mach-O or PE file takes 32 KiB at most', () => {
  for (const { make } of makers) expect(read(make()).bytesRead).toBeLessThanOrEqual(32 << 10);
});

test('mutated and truncated files give facts or our error, and reads stay bounded', () => {
  const originals = [
    ...cases.map(({ make, recipe }) => make(recipe)),
    makeWasm(),
    makeUniversal([{ cpu: 7, file: makeMachO() }]),
  ];
  const change = fc.record({ at: fc.nat({ max: 2600 }), value: fc.nat({ max: 255 }) });
  const mutation = fc.record({
    file: fc.nat({ max: originals.length - 1 }),
    // Most of what decides lies in the headers.
    changes: fc.array(
      fc.oneof(
        change,
        change.map(({ at, value }) => ({ at: at % 400, value })),
      ),
      { maxLength: 12 },
    ),
    length: fc.nat({ max: 6000 }),
  });
  fc.assert(
    fc.property(mutation, ({ file, changes, length }) => {
      const bytes = Uint8Array.from(originals[file] ?? []);
      for (const { at, value } of changes) bytes[at % bytes.length] = value;
      const { outcome, asked } = outcomeOf(length > 3000 ? bytes : bytes.subarray(0, length));
      expect(outcome).toMatch(/^(facts|identify\.[a-z-]+)$/);
      expect(asked).toBeLessThan(128 << 20);
    }),
    { numRuns: 3000 },
  );
});

test('random bytes behind each magic give facts or our error', () => {
  const magics = ['feedface', 'cefaedfe', 'feedfacf', 'cffaedfe', 'cafebabe00000001', '4d5a', '01df', '01f7'];
  const magic = fc.constantFrom(...magics, '0061736d01000000').map((hex) => Buffer.from(hex, 'hex'));
  fc.assert(
    fc.property(magic, fc.uint8Array({ maxLength: 400 }), (head, rest) => {
      expect(outcomeOf(Uint8Array.from([...head, ...rest])).outcome).toMatch(/^(facts|identify\.[a-z-]+)$/);
    }),
    { numRuns: 3000 },
  );
});
