import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type RelinkChoices, type Reproduction, relinkOriginalFromFacts } from '@gofleet/build/relink';
import { executableFiles, hashFile, inspectFile } from '@gofleet/filesystem/inspect-file';
import { type ProofRequest, proveOriginal } from '@gofleet/process/relink';
import { createGoBench, type GoBench } from './go-binaries.ts';
import { createModuleProxy, type ModuleProxy } from './module-proxy.ts';

/** Where programs are built as their owners would, and proved with the modules that a test publishes. */
export interface ProofStage {
  readonly bench: GoBench;
  readonly proxy: ModuleProxy;
  /** Where modules come from. */
  readonly moduleEnv: Readonly<Record<string, string>>;
  /** Runs the `go` command in a directory. */
  go(dir: string, argv: readonly string[], env?: Readonly<Record<string, string>>): void;
  /** Builds in a directory as its owner would; the executable lies elsewhere. */
  build(dir: string, argv: readonly string[], env?: Readonly<Record<string, string>>): string;
  requestOf(file: string): Promise<ProofRequest>;
  prove(file: string, choices?: RelinkChoices & Partial<ProofRequest>): Promise<Reproduction>;
}

/** A path for modules named after their content: the module cache of this machine keeps what it has of a name. */
export function scopeOf(content: unknown): string {
  return `gofleet.example/${createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 8)}`;
}

/** A stage whose proxy comes before the machine's own; nobody vouches for its modules. */
export async function createProofStage(): Promise<ProofStage> {
  const bench = await createGoBench();
  const { local, dir } = bench;
  const proxy = createModuleProxy(join(dir, 'proxy'));
  const moduleEnv: Record<string, string> = {
    ...local.moduleEnv,
    GOPROXY: `${proxy.url},${local.goproxy}`,
    GONOSUMDB: 'gofleet.example/*',
  };
  let count = 0;
  const stage: ProofStage = {
    bench,
    proxy,
    moduleEnv,
    go(cwd, argv, env = {}) {
      const own = { ...process.env, ...moduleEnv, GOFLAGS: '', GOWORK: '', CGO_ENABLED: '0', ...env };
      execFileSync(local.path, argv, { cwd, env: own, stdio: 'pipe' });
    },
    build(cwd, argv, env = {}) {
      const output = join(dir, `program-${count++}`);
      stage.go(cwd, ['build', '-o', output, ...argv], env);
      return output;
    },
    async requestOf(file) {
      return {
        original: relinkOriginalFromFacts(await inspectFile(file), await hashFile(file)),
        ...{ file, files: executableFiles, go: local.path, env: moduleEnv },
        dirs: { modCache: local.modCache, buildCache: local.buildCache, work: join(dir, 'work') },
      };
    },
    async prove(file, choices = {}) {
      return proveOriginal({ ...(await stage.requestOf(file)), ...choices });
    },
  };
  return stage;
}
