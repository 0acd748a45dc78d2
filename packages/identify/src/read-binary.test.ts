import { makeElf } from '@gofleet/testkit/elf-maker';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BinaryFacts } from './binary-facts.ts';
import { readBinary } from './read-binary.ts';

function read(file: Uint8Array): BinaryFacts {
  return readBinary((offset, length) => file.subarray(offset, offset + length));
}

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (thrown) {
    return (thrown as { code?: string }).code;
  }
}

const forms = (['inline', 'pointers'] as const).flatMap((form) =>
  ([32, 64] as const).flatMap((bits) => [true, false].map((littleEndian) => ({ form, bits, littleEndian }))),
);

test.each(forms)('reads build info: $form, $bits bits, little endian $littleEndian', (recipe) => {
  const facts = read(makeElf({ ...recipe, goVersion: 'go1.17.3' }));
  expect(facts.goVersion).toBe('go1.17.3');
  expect(facts.buildInfo?.main).toEqual({ path: 'example.com/hello', version: 'v1.0.0', sum: 'h1:aaaa=' });
  expect(facts.buildIdSegments).toEqual(['actionlink', 'actionmain', 'contentmain', 'contentbinary']);
  expect(facts.provenance.class).toBe('released-module');
  expect(facts.grade).toBe('claimed');
  expect(facts.problems).toEqual([]);
});

test.each(forms)(
  'reads it without section headers: $form, $bits bits, little endian $littleEndian',
  (recipe) => {
    const facts = read(makeElf({ ...recipe, sectionHeaders: false, dataBefore: 100_000 }));
    expect(facts.goVersion).toBe('go1.26.8');
    expect(facts.buildId).toBe('actionlink/actionmain/contentmain/contentbinary');
    expect(facts.stripped).toBe(true);
    expect(facts.problems).toEqual(['section headers: none']);
  },
);

test('finds build info far into the data segment, and reads all of a long module text', () => {
  const deps = Array.from(
    { length: 3000 },
    (_, n) => `dep\texample.com/d${n}\tv1.0.${n}\th1:${'x'.repeat(44)}\n`,
  );
  const modules = `path\texample.com/hello\nmod\texample.com/hello\t(devel)\t\n${deps.join('')}`;
  const facts = read(makeElf({ buildInfoSection: false, dataBefore: 2_000_000, modules }));
  expect(facts.buildInfo?.deps).toHaveLength(3000);
  expect(facts.buildInfo?.text).toBe(modules);
  expect(facts.provenance.class).toBe('no-vcs');
});

test('tells static from dynamic and stripped from not', () => {
  expect(read(makeElf())).toMatchObject({ linkage: 'static', stripped: false });
  expect(read(makeElf({ interpreter: true, symbols: false }))).toMatchObject({
    linkage: 'dynamic',
    stripped: true,
  });
});

test('platform comes from build info, else from the header', () => {
  expect(read(makeElf({ machine: 183, modules: '' }))).toMatchObject({ os: 'linux', arch: 'arm64' });
  expect(read(makeElf({ machine: 183, osAbi: 9, modules: '' }))).toMatchObject({
    os: 'freebsd',
    arch: 'arm64',
  });
  const mips = makeElf({ machine: 8, bits: 32, littleEndian: false, modules: '' });
  expect(read(mips)).toMatchObject({ arch: 'mips' });
});

test('a build without modules has a release and no fingerprint', () => {
  const facts = read(makeElf({ modules: '' }));
  expect(facts.goVersion).toBe('go1.26.8');
  expect(facts.fingerprint).toEqual({ modules: undefined, full: undefined });
  expect(facts.provenance.class).toBe('unknown');
});

test('a Go program without build info is Go of an unknown release', () => {
  const facts = read(makeElf({ form: 'none' }));
  expect(facts).toMatchObject({ goVersion: undefined, grade: 'unknown' });
  expect(facts.problems).toContain('build info: none, so the Go release is unknown');
});

const orders = ([32, 64] as const).flatMap((bits) =>
  [true, false].map((littleEndian) => ({ bits, littleEndian })),
);

test.each(orders)(
  'before Go 1.13 a variable tells the release: $bits bits, little endian $littleEndian',
  (order) => {
    const facts = read(makeElf({ ...order, form: 'none', versionSymbol: 'go1.9.7' }));
    expect(facts).toMatchObject({ goVersion: 'go1.9.7', grade: 'claimed', compiler: 'gc' });
    expect(facts.problems).toContain('build info: none; the Go release is that of runtime.buildVersion');
    expect(read(makeElf({ ...order, form: 'none', versionSymbol: 'hello' })).goVersion).toBeUndefined();
  },
);

test.each(orders)(
  'a runtime in a shared library is named: $bits bits, little endian $littleEndian',
  (order) => {
    const libc = 'libc.so.6';
    const gccgo = { ...order, form: 'none', buildId: '', buildInfoSection: false, symbols: false } as const;
    const facts = read(makeElf({ ...gccgo, needed: [libc, 'libgo.so.22', 'libgcc_s.so.1'] }));
    expect(facts).toMatchObject({
      compiler: 'gccgo',
      linkage: 'dynamic',
      runtimeLibrary: 'libgo.so.22',
      goVersion: undefined,
      grade: 'unknown',
      problems: expect.arrayContaining(['Go release: that of libgo.so.22 (GCC 13) where the program runs']),
    });
    expect(codeOf(() => read(makeElf({ ...gccgo, needed: [libc] })))).toBe('identify.not-go');
    expect(read(makeElf({ ...order, needed: ['libstd.so'] }))).toMatchObject({
      compiler: 'gc',
      runtimeLibrary: 'libstd.so',
      goVersion: 'go1.26.8',
    });
  },
);

test('what hides its release is not guessed: obfuscated, packed', () => {
  const garbled = read(makeElf({ goVersion: 'unknown', buildId: '', modules: '', symbols: false }));
  expect(garbled).toMatchObject({ goVersion: undefined, grade: 'unknown' });
  expect(garbled.problems).toContain('Go release: recorded as "unknown": obfuscated, as garble does');
  const packed = makeElf({ form: 'none', buildId: '', sectionHeaders: false });
  packed.set(new TextEncoder().encode('UPX!'), 64 + 3 * 56 + 4);
  expect(codeOf(() => read(packed))).toBe('identify.packed');
});

test('vendors and experiments stay in the release as recorded', () => {
  for (const goVersion of ['go1.26.4-1-microsoft', 'go1.24.1 X:boringcrypto', 'go1.27-devel_abc123']) {
    expect(read(makeElf({ goVersion })).goVersion).toBe(goVersion);
  }
});

test('module text that Go could not parse either is a problem, not an end', () => {
  const facts = read(makeElf({ modules: 'path\tx\nmod\tonly-one-column\n' }));
  expect(facts.goVersion).toBe('go1.26.8');
  expect(facts.buildInfo).toBeUndefined();
  expect(facts.problems).toContain('build info line 2: a module has 2 or 3 columns, found 1');
});

test('an ordinary executable takes 8 KiB', () => {
  expect(read(makeElf()).bytesRead).toBeLessThanOrEqual(8192);
});

test('says what a file is when it is no executable', () => {
  expect(() => read(new Uint8Array(0))).toThrow('found an empty file');
  expect(() => read(new TextEncoder().encode('MZ and more'))).toThrow('a DOS program');
  expect(() => read(new TextEncoder().encode('#!/bin/sh\n'))).toThrow('a script');
  expect(codeOf(() => read(new TextEncoder().encode('root:x:0:0')))).toBe('identify.not-executable');
});

test('an ELF file that is not Go, and damaged ones', () => {
  expect(codeOf(() => read(makeElf({ form: 'none', buildId: '', buildInfoSection: false })))).toBe(
    'identify.not-go',
  );
  expect(codeOf(() => read(makeElf().subarray(0, 40)))).toBe('identify.truncated-header');
  const wrongClass = makeElf();
  wrongClass[4] = 9;
  expect(codeOf(() => read(wrongClass))).toBe('identify.malformed-header');
  const cut = makeElf({ sectionHeaders: false });
  expect(codeOf(() => read(cut.subarray(0, cut.length - 40)))).toBe('identify.truncated-build-info');
});

test('a string that claims exabytes is refused unread', () => {
  const file = makeElf();
  const at = Buffer.from(file.buffer, file.byteOffset, file.length).indexOf('\xff Go buildinf:', 0, 'latin1');
  file.set([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], at + 32);
  expect(codeOf(() => read(file))).toBe('identify.oversized-build-info');
  file.set(new Uint8Array(12).fill(0xff), at + 32);
  expect(codeOf(() => read(file))).toBe('identify.truncated-build-info');
});

test('a data segment that claims 100 GiB is not read to its end', () => {
  const file = makeElf({ form: 'none', buildId: '', sectionHeaders: false });
  new DataView(file.buffer).setBigUint64(64 + 2 * 56 + 32, 100n << 30n, true);
  const zeros = new Uint8Array(1 << 20);
  let asked = 0;
  // A file of holes: the source never ends.
  const endless = (): BinaryFacts => {
    const bytes = new Uint8Array(file.length + (1 << 20));
    bytes.set(file);
    return readBinary((offset, length) => {
      asked += length;
      return offset + length <= bytes.length
        ? bytes.subarray(offset, offset + length)
        : zeros.subarray(0, length);
    });
  };
  expect(codeOf(endless)).toBe('identify.oversized-data');
  expect(asked).toBeLessThan(140 << 20);
});

/** Reads a file that never ends (holes read as zeros), counting what is asked for. */
function readBounded(file: Uint8Array): { outcome: string; asked: number } {
  let asked = 0;
  const run = (): BinaryFacts =>
    readBinary((offset, length) => {
      asked += length;
      return file.subarray(offset, offset + length);
    });
  const outcome = codeOf(run) ?? 'facts';
  return { outcome, asked };
}

const ours = /^(facts|identify\.[a-z-]+)$/;

test('random bytes behind an ELF header give facts or our error', () => {
  const ident = fc.constantFrom([1, 1], [1, 2], [2, 1], [2, 2]);
  fc.assert(
    fc.property(ident, fc.uint8Array({ maxLength: 600 }), (order, rest) => {
      const file = Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, ...order, ...rest]);
      expect(readBounded(file).outcome).toMatch(ours);
    }),
    { numRuns: 2000 },
  );
});

test('mutated and truncated files give facts or our error, and reads stay bounded', () => {
  const originals = forms.flatMap((form) => [
    makeElf(form),
    makeElf({ ...form, sectionHeaders: false }),
    makeElf({ ...form, form: 'none', versionSymbol: 'go1.9.7', needed: ['libc.so.6', 'libgo.so.22'] }),
  ]);
  const mutation = fc.record({
    file: fc.nat({ max: originals.length - 1 }),
    changes: fc.array(fc.record({ at: fc.nat({ max: 5000 }), value: fc.nat({ max: 255 }) }), {
      maxLength: 12,
    }),
    length: fc.nat({ max: 6000 }),
  });
  fc.assert(
    fc.property(mutation, ({ file, changes, length }) => {
      const bytes = Uint8Array.from(originals[file] ?? []);
      for (const { at, value } of changes) bytes[at % bytes.length] = value;
      const { outcome, asked } = readBounded(length > 5000 ? bytes : bytes.subarray(0, length));
      expect(outcome).toMatch(ours);
      expect(asked).toBeLessThan(32 << 20);
    }),
    { numRuns: 3000 },
  );
});
