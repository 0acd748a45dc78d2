import { parseArgs } from 'node:util';
import { isGofleetError } from '@gofleet/base/errors';
import { readBinary } from '@gofleet/identify/read-binary';
import { createRandom, mutateProgram, type Random } from '@gofleet/testkit/mutate-program';
import { realPrograms } from '@gofleet/testkit/real-programs';

// `npm run fuzz -- [--runs N] [--seed N]`: damages real programs and reads them. Run N of seed S is the same everywhere and always;
// `--seed S+N --runs 1` is that one alone.

/** A second is a hang, and a file must not make us fetch much more than the data that is looked through. */
const limits = { ms: 1000, askedBytes: 400 << 20, residentBytes: 512 << 20 } as const;
/** Shorter copies make more runs in the same time; headers and build info lie in front of this in most of the programs. */
const keptBytes = 1 << 20;

interface Run {
  /** `facts`, the code of our error, or what should not have been thrown. */
  readonly outcome: string;
  readonly ms: number;
  readonly askedBytes: number;
}

const zeros = new Uint8Array(1 << 20);

/** The bytes of a range; a file with holes goes on as zeros without an end. */
function readRange(file: Uint8Array, isEndless: boolean, offset: number, length: number): Uint8Array {
  const there = file.subarray(offset, offset + length);
  if (!isEndless || there.length === length) return there;
  if (there.length === 0 && length <= zeros.length) return zeros.subarray(0, length);
  const whole = new Uint8Array(length);
  whole.set(there);
  return whole;
}

function outcomeOf(thrown: unknown): string {
  if (isGofleetError(thrown) && thrown.code.startsWith('identify.')) return thrown.code;
  return `threw ${thrown instanceof Error ? thrown.stack : String(thrown)}`;
}

function readDamaged(file: Uint8Array, isEndless: boolean): Run {
  let askedBytes = 0;
  let outcome = 'facts';
  const startedAt = performance.now();
  try {
    readBinary((offset, length) => {
      askedBytes += length;
      return readRange(file, isEndless, offset, length);
    });
  } catch (thrown) {
    outcome = outcomeOf(thrown);
  }
  return { outcome, ms: performance.now() - startedAt, askedBytes };
}

const programs = realPrograms().map(({ bytes }) => bytes.subarray(0, keptBytes));

function runOnce(random: Random): Run {
  const program = programs[random(programs.length)] ?? zeros;
  const file = mutateProgram(program, random);
  return readDamaged(file, random(100) === 0);
}

function findingOf({ outcome, ms, askedBytes }: Run): string | undefined {
  if (outcome.startsWith('threw')) return outcome;
  if (ms > limits.ms) return `took ${Math.round(ms)} ms`;
  return askedBytes > limits.askedBytes ? `asked for ${askedBytes} bytes` : undefined;
}

function fuzz(runs: number, seed: number): Record<string, unknown> {
  const outcomes: Record<string, number> = {};
  const findings: string[] = [];
  const worst = { ms: 0, seed, askedBytes: 0 };
  for (let n = 0; n < runs; n++) {
    const run = runOnce(createRandom(seed + n));
    outcomes[run.outcome] = (outcomes[run.outcome] ?? 0) + 1;
    if (run.ms > worst.ms) Object.assign(worst, { ms: run.ms, seed: seed + n });
    worst.askedBytes = Math.max(worst.askedBytes, run.askedBytes);
    const finding = findingOf(run);
    if (finding !== undefined) findings.push(`seed ${seed + n}: ${finding}`);
    if (n % 10_000 === 9_999) process.stderr.write(`${n + 1} of ${runs}\n`);
  }
  const residentBytes = process.resourceUsage().maxRSS * 1024;
  if (residentBytes > limits.residentBytes) findings.push(`resident: ${residentBytes} bytes`);
  return { seed, runs, outcomes, worst, residentMiB: Math.round(residentBytes / 2 ** 20), findings };
}

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' } },
});
const [runs, seed] = [Number(values.runs), Number(values.seed)];
if (!Number.isSafeInteger(runs) || !Number.isSafeInteger(seed) || runs < 1) {
  console.error('fuzz: --runs and --seed are whole numbers');
  process.exit(2);
}
const result = fuzz(runs, seed);
console.log(JSON.stringify(result, null, 2));
process.exitCode = (result.findings as string[]).length === 0 ? 0 : 1;
