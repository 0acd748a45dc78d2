import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rabbitmqOperator as operator } from 'gofleet/demo/operator';
import { findLocalGo } from 'gofleet/local-go';
import { type Bench, summarise } from './bench.ts';
import { findOperator, root } from './operator-binary.ts';

const rounds = 9;
const target = '1.26.8';

function timed(
  program: string,
  argv: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): number {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(program, argv, { ...options, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return performance.now() - startedAt;
}

/** The operator's source, as somebody would build it. */
async function unpackSource(dir: string, go: string): Promise<string> {
  const argv = ['mod', 'download', '-json', `${operator.module}@${operator.version}`];
  const { Dir } = JSON.parse(execFileSync(go, argv, { cwd: dir, encoding: 'utf8' })) as { Dir: string };
  const source = join(dir, 'source');
  cpSync(Dir, source, { recursive: true });
  execFileSync('chmod', ['-R', 'u+w', source]);
  return source;
}

/**
 * A relink of an operator whose packages are all compiled, beside `go build` of its source with the same Go and the same caches; each
 * links once. The first relink of an original also proves it, which links it twice; later ones, for the next Go release, recall that.
 */
async function run(): Promise<Record<string, unknown>> {
  const { path: go } = await findLocalGo();
  const dir = mkdtempSync(join(tmpdir(), 'gofleet-bench-relink-'));
  try {
    const source = await unpackSource(dir, go);
    const cache = join(dir, 'cache');
    const build = (): number => {
      rmSync(join(dir, 'built'), { force: true });
      const env = { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: `go${target}` };
      return timed(go, ['build', '-trimpath', '-o', join(dir, 'built'), '.'], { cwd: source, env });
    };
    const relink = (...forgotten: string[]): number => {
      for (const name of ['builds', 'sha256', 'verified', ...forgotten])
        rmSync(join(cache, 'store', name), { recursive: true, force: true });
      const argv = [join(root, 'dist', 'gofleet.mjs'), 'relink', findOperator(), '--go', target, '--json'];
      return timed(process.execPath, argv, { cwd: root, env: { ...process.env, GOFLEET_CACHE: cache } });
    };
    // Everything compiled, everything fetched.
    build();
    relink();
    const samples = Array.from({ length: rounds }, () => ({
      goBuild: build(),
      relink: relink(),
      relinkWithProof: relink('proofs'),
    }));
    const of = (name: 'goBuild' | 'relink' | 'relinkWithProof') =>
      summarise(samples.map((sample) => sample[name]));
    const [goBuildMs, relinkMs, relinkWithProofMs] = [of('goBuild'), of('relink'), of('relinkWithProof')];
    return {
      operator: `${operator.module}@${operator.version}`,
      target: `go${target}`,
      goBuildMs,
      relinkMs,
      relinkWithProofMs,
      relinkTimesGoBuild: Number((relinkMs.median / goBuildMs.median).toFixed(2)),
      relinkWithProofTimesGoBuild: Number((relinkWithProofMs.median / goBuildMs.median).toFixed(2)),
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

export const bench: Bench = {
  question: 'how long does a relink take, with compiled packages at hand, beside go build?',
  run,
};
