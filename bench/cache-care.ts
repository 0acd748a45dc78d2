import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderActionEntry } from '@gofleet/build/cache/action-entry';
import { actionName, outputName } from '@gofleet/build/cache/cache-file';
import { type Bench, summarise } from './bench.ts';

const bundle = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', 'gofleet.mjs');
const rounds = 7;
/** As in a cache of a working developer: most outputs are small, a few hold most of the bytes. */
const sizes = { small: { count: 18_000, bytes: 6 << 10 }, large: { count: 900, bytes: 1 << 20 } };

function put(dir: string, bytes: number, days: number): void {
  const content = randomBytes(bytes);
  const outputId = createHash('sha256').update(content).digest('hex');
  const actionId = createHash('sha256').update(outputId).digest('hex');
  const at = Date.now() / 1000 - days * 86_400;
  const entry = renderActionEntry({ actionId, outputId, sizeBytes: bytes, addedAtNs: 1n });
  for (const [name, text] of [
    [outputName(outputId), content],
    [actionName(actionId), entry],
  ] as const) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
    utimesSync(join(dir, name), at, at);
  }
}

function makeCache(dir: string): number {
  for (const { count, bytes } of Object.values(sizes)) {
    for (let index = 0; index < count; index++) put(dir, bytes, 2 + (index % 20));
  }
  return Object.values(sizes).reduce((sum, { count, bytes }) => sum + count * bytes, 0);
}

function time(program: string, argv: readonly string[]): number {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(program, argv, { encoding: 'utf8', maxBuffer: 64 << 20 });
  if (status !== 0) throw new Error(stderr);
  return performance.now() - startedAt;
}

const gofleet = (...args: string[]): number => time(process.execPath, [bundle, 'cache', ...args]);

/** Everything is in the page cache, for all of them: what is measured is the work, not the disk. */
async function run(): Promise<Record<string, unknown>> {
  const work = mkdtempSync(join(tmpdir(), 'gofleet-bench-cache-'));
  try {
    const dir = join(work, 'cache');
    const bytes = makeCache(dir);
    const sum = ['-c', 'find "$1" -name "*-d" -print0 | xargs -0 sha256sum > /dev/null', 'sh', dir];
    const [verify, sha256sum, trim]: number[][] = [[], [], []];
    for (let round = 0; round < rounds; round++) {
      verify?.push(gofleet('verify', dir));
      sha256sum?.push(time('sh', sum));
      const copy = join(work, `copy-${round}`);
      time('cp', ['-al', dir, copy]);
      trim?.push(gofleet('trim', '--max', '500MB', copy));
    }
    const rate = (ms: number): number => Math.round(bytes / 1e6 / (ms / 1000));
    const [ours, theirs] = [summarise(verify ?? []), summarise(sha256sum ?? [])];
    return {
      cache: { megabytes: Math.round(bytes / 1e6), outputs: sizes.small.count + sizes.large.count },
      verifyMs: ours,
      sha256sumMs: theirs,
      verifyMegabytesPerSecond: rate(ours.median),
      sha256sumMegabytesPerSecond: rate(theirs.median),
      verifyBesideSha256sum: Math.round((ours.median / theirs.median) * 100) / 100,
      trimToHalfMs: summarise(trim ?? []),
    };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

export const bench: Bench = {
  question: 'how long does it take to verify and to trim a build cache of 1 GB, beside sha256sum?',
  run,
};
