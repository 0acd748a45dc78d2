import { createRandom, mutateProgram } from '@gofleet/testkit/mutate-program';
import { realPrograms } from '@gofleet/testkit/real-programs';
import { expect, test } from 'vitest';
import type { BinaryFacts } from './binary-facts.ts';
import { parseBuildInfo, renderBuildInfo } from './build-info.ts';
import { readBinary } from './read-binary.ts';

const programs = realPrograms();
const read = (file: Uint8Array): BinaryFacts =>
  readBinary((offset, length) => file.subarray(offset, offset + length));

test.each(programs.filter(({ said }) => said !== undefined))(
  'agrees with go version -m: $name',
  (program) => {
    const [goVersion = '', ...lines] = (program.said ?? '').split('\n');
    const text = lines.map((line) => `${line.slice(1)}\n`).slice(0, -1);
    const { text: _, ...expected } = parseBuildInfo(text.join(''), goVersion);
    const facts = read(program.bytes);
    expect(facts.goVersion).toBe(goVersion);
    expect(facts.buildInfo).toMatchObject(expected);
    expect(facts.buildInfo && renderBuildInfo(facts.buildInfo)).toBe(text.join(''));
  },
);

test('reads what go version cannot', () => {
  const releases = programs
    .filter(({ said }) => said === undefined)
    .map(({ name, bytes }) => [name, read(bytes).goVersion]);
  expect(Object.fromEntries(releases)).toEqual({
    '1.27.4-aix-ppc64-stripped': 'go1.27.4',
    '1.27.4-linux-amd64-c-archive': 'go1.27.4',
    '1.5.4-linux-386-stripped': undefined,
    '1.9.7-linux-amd64-file': 'go1.9.7',
  });
});

test('damaged ones give facts or our error, and reads stay bounded', () => {
  for (let seed = 0; seed < 800; seed++) {
    const random = createRandom(seed);
    const { bytes } = programs[random(programs.length)] ?? { bytes: new Uint8Array(0) };
    const file = mutateProgram(bytes.length > 2 << 20 ? bytes.subarray(0, 2 << 20) : bytes, random);
    let asked = 0;
    const outcome = (): string => {
      try {
        readBinary((offset, length) => {
          asked += length;
          return file.subarray(offset, offset + length);
        });
        return 'facts';
      } catch (thrown) {
        return (thrown as { code?: string }).code ?? `seed ${seed}: ${thrown}`;
      }
    };
    expect(outcome()).toMatch(/^(facts|identify\.[a-z-]+)$/);
    expect(asked, `seed ${seed}`).toBeLessThan(256 << 20);
  }
});
