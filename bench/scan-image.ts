import { execFileSync, spawnSync } from 'node:child_process';
import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGzip } from 'node:zlib';
import { type ImageFile, packDockerArchive } from '@gofleet/oci/docker-archive';
import { type Bench, summarise } from './bench.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const gofleet = join(root, 'dist', 'gofleet.mjs');
const imageBytes = 2 ** 30;
const rounds = 5;

/** The executables of the Go distribution: real programs of 2 to 20 MB. */
function goPrograms(): string[] {
  const goRoot = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim();
  const tools = join(goRoot, 'pkg/tool/linux_amd64');
  const names = readdirSync(tools).map((name) => join(tools, name));
  return [join(goRoot, 'bin/go'), join(goRoot, 'bin/gofmt'), ...names];
}

/** Programs until a fourth of the image is full, one of 160 MB, and for the rest small files, as images have them. */
function planFiles(work: string): ImageFile[] {
  const programs = goPrograms();
  const large = join(work, 'large');
  execFileSync('cp', [programs[0] ?? '', large]);
  execFileSync('sh', ['-c', 'head -c 150000000 /dev/urandom >> "$0"', large]);
  const files: ImageFile[] = [{ path: '/opt/large', source: large }];
  let sizeBytes = statSync(large).size;
  for (let n = 0; sizeBytes < imageBytes / 2; n++) {
    const source = programs[n % programs.length] ?? '';
    files.push({ path: `/usr/bin/program-${n}`, source });
    sizeBytes += statSync(source).size;
  }
  const text = join(work, 'text');
  writeFileSync(text, Buffer.from('what libraries and documents are made of\n'.repeat(1600)));
  for (let n = 0; sizeBytes < imageBytes; n++) {
    files.push({ path: `/usr/share/doc/${n % 100}/text-${n}`, source: text });
    sizeBytes += statSync(text).size;
  }
  return files;
}

/** The image with plain layers, as `docker save` writes it, and its layer compressed, as registries have it. */
async function prepare(work: string): Promise<{ plain: string; packed: string }> {
  const [plain, packed] = [join(work, 'image.tar'), join(work, 'layer.tar.gz')];
  await packDockerArchive(
    { repoTag: 'bench.example/image:1', entrypoint: ['/x'], files: planFiles(work) },
    plain,
  );
  mkdirSync(join(work, 'unpacked'));
  execFileSync('tar', ['xf', plain, '-C', join(work, 'unpacked')]);
  const layer = readdirSync(join(work, 'unpacked'), { recursive: true, encoding: 'utf8' }).find((name) =>
    name.endsWith('layer.tar'),
  );
  await pipeline(
    createReadStream(join(work, 'unpacked', layer ?? '')),
    createGzip({ level: 1 }),
    createWriteStream(packed),
  );
  rmSync(join(work, 'unpacked'), { recursive: true });
  return { plain, packed };
}

interface Sample {
  readonly ms: number;
  readonly peakBytes: number;
  readonly stdout: string;
}

function time(program: string, argv: readonly string[]): Sample {
  const startedAt = performance.now();
  const { status, stdout, stderr } = spawnSync(program, argv, { encoding: 'utf8', maxBuffer: 1 << 28 });
  const ms = performance.now() - startedAt;
  if (status !== 0) throw new Error(`${program}: exit code ${status}: ${stderr}`);
  return { ms, peakBytes: Number(/peak ([0-9]+)/.exec(stderr)?.[1] ?? 0) * 1024, stdout };
}

/** Tells the largest resident size that the kernel saw, in KiB, when the process ends. */
const tellPeak =
  "data:text/javascript,process.on('exit',()=>process.stderr.write('peak '+process.resourceUsage().maxRSS))";

const scan = (path: string): Sample =>
  time(process.execPath, ['--import', tellPeak, gofleet, 'scan', path, '--json']);
const shell = (script: string, path: string): Sample => time('sh', ['-c', script, path]);

function measure({ plain, packed }: { plain: string; packed: string }): Record<string, unknown> {
  const runs = {
    scanPlain: () => scan(plain),
    readPlain: () => shell('cat "$0" >/dev/null', plain),
    scanGzip: () => scan(packed),
    gunzip: () => shell('gzip -dc "$0" >/dev/null', packed),
  };
  const samples = Object.fromEntries(Object.keys(runs).map((name) => [name, [] as Sample[]]));
  // The first round fills the page cache.
  for (let round = 0; round <= rounds; round++) {
    for (const [name, run] of Object.entries(runs)) {
      const sample = run();
      if (round > 0) samples[name]?.push(sample);
    }
  }
  const msOf = (name: keyof typeof runs) => summarise((samples[name] ?? []).map(({ ms }) => ms));
  const peakMiB = (name: keyof typeof runs): number =>
    Math.ceil(Math.max(...(samples[name] ?? []).map(({ peakBytes }) => peakBytes)) / 2 ** 20);
  const programs = JSON.parse(samples.scanPlain?.[0]?.stdout ?? '[]').length;
  const ratio = (a: number, b: number): number => Math.round((a / b) * 100) / 100;
  const [scanPlainMs, readPlainMs] = [msOf('scanPlain'), msOf('readPlain')];
  const [scanGzipMs, gunzipMs] = [msOf('scanGzip'), msOf('gunzip')];
  return {
    imageBytes: statSync(plain).size,
    gzipBytes: statSync(packed).size,
    programs,
    plain: {
      scanMs: scanPlainMs,
      readMs: readPlainMs,
      ratio: ratio(scanPlainMs.median, readPlainMs.median),
      peakMiB: peakMiB('scanPlain'),
    },
    gzip: {
      scanMs: scanGzipMs,
      gunzipMs,
      ratio: ratio(scanGzipMs.median, gunzipMs.median),
      peakMiB: peakMiB('scanGzip'),
    },
  };
}

async function run(): Promise<Record<string, unknown>> {
  const work = mkdtempSync(join(tmpdir(), 'gofleet-bench-image-'));
  try {
    return measure(await prepare(work));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

export const bench: Bench = {
  question: 'how fast, and in how much memory, is an image of 1 GiB read, beside reading and unpacking it?',
  run,
};
