import { access } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { explainGoFailure } from '@gofleet/build/go-failure';
import type { BuildPaths, GoBuildStep } from '@gofleet/build/relink';
import { type GoRun, goProgram } from './go-command.ts';
import type { ProgramEnd, ProgramRun } from './run-program.ts';
import type { ControlGroup } from './sandbox/control-group.ts';
import type { SandboxBind } from './sandbox/plan-sandbox.ts';
import { runLimited } from './sandbox/run-limited.ts';
import { canSandbox, sandboxed } from './sandbox/sandbox.ts';
import { cacheFirst, cacheProxy } from './source/fetch-module.ts';
import type { WorkTree } from './source/work-tree.ts';
import { goRunOf, runInShop, type ShopRun, type Workshop } from './workshop.ts';

/** A step to run, and where. */
export interface BuildStepRun {
  readonly shop: Workshop;
  /** The run's own directory in the workshop. */
  readonly name: string;
  readonly step: GoBuildStep;
  /** Import path, for messages. */
  readonly package: string;
  /** Absent for `go install path@version`. */
  readonly tree?: WorkTree;
  /** Where the original's directories were; a sandbox shows ours there. */
  readonly paths?: BuildPaths;
}

function failed(
  { step, package: path }: BuildStepRun,
  { exitCode, stdout, stderr }: ProgramEnd,
): GofleetError {
  return explainGoFailure({
    goVersion: step.goVersion,
    package: path,
    output: `${stderr}${stdout}`,
    exitCode,
  });
}

function requireSuccess(run: BuildStepRun, end: ProgramEnd): ProgramEnd {
  if (end.exitCode !== 0) throw failed(run, end);
  return end;
}

/** A run of the step's release with the network, in this machine's own directories. */
function shopRunOf({ shop, step, name, package: path }: BuildStepRun, argv: readonly string[]): ShopRun {
  const what = `building ${path} with ${step.goVersion}`;
  return { name, what, argv, env: { ...cacheFirst(shop), ...step.env } };
}

/** Directory of the step's toolchain, fetched when it is not here. */
async function fetchToolchain(run: BuildStepRun): Promise<string> {
  const end = await runInShop(run.shop, shopRunOf(run, ['env', 'GOROOT']));
  return requireSuccess(run, end).stdout.trim();
}

/** Fetches what the step needs, each module checked against the checksum database; nothing is built. */
async function fetchModules(run: BuildStepRun): Promise<ShopRun> {
  const { shop, step, tree } = run;
  const [command = 'install', ...rest] = step.argv;
  const output = command === 'build' ? ['-o', join(binOf(run), step.output)] : [];
  const place = tree === undefined ? {} : { directory: tree.module };
  const build = { ...shopRunOf(run, [command, ...output, ...rest]), ...place };
  requireSuccess(run, await runInShop(shop, { ...build, argv: [command, '-n', ...output, ...rest] }));
  return build;
}

/** The tree's root inside: where the original's was, when the module lay in it as ours does. */
function rootInside({ root, module }: WorkTree, recorded: string | undefined): string {
  const below = relative(root, module);
  if (recorded === undefined) return root;
  if (below === '') return recorded;
  return recorded.endsWith(`/${below}`) ? recorded.slice(0, -below.length - 1) : root;
}

/** The main module's folder as a build of the tree sees it. */
export function insideOf(tree: WorkTree, { module }: BuildPaths): string {
  const root = canSandbox() ? rootInside(tree, module ?? tree.recorded) : tree.root;
  return join(root, relative(tree.root, tree.module));
}

function bindsOf(run: BuildStepRun, goRoot: string): { binds: SandboxBind[]; inside: Required<BuildPaths> } {
  const { shop, tree, paths = {}, name } = run;
  const work = join(shop.work, name);
  const treeRoot = tree ? rootInside(tree, paths.module ?? tree.recorded) : work;
  const inside = {
    goRoot: paths.goRoot ?? goRoot,
    modCache: paths.modCache ?? shop.modCache,
    module: tree ? join(treeRoot, relative(tree.root, tree.module)) : work,
  };
  const binds = [
    { source: shop.modCache, target: inside.modCache },
    { source: goRoot, target: inside.goRoot },
    { source: shop.buildCache, target: shop.buildCache, writable: true },
    { source: work, target: work, writable: true },
    ...(tree ? [{ source: tree.root, target: treeRoot, writable: true }] : []),
  ];
  return { binds, inside };
}

/** The build itself, without a network: all that it needs is in the module cache. */
function inSandbox(run: BuildStepRun, go: GoRun, goRoot: string): (group: ControlGroup) => ProgramRun {
  const { binds, inside } = bindsOf(run, goRoot);
  const offline = {
    GOPROXY: cacheProxy(inside.modCache),
    GOSUMDB: 'off',
    GOPRIVATE: '',
    GONOPROXY: 'none',
    GONOSUMDB: '',
  };
  const program = goProgram({
    ...go,
    go: join(inside.goRoot, 'bin', 'go'),
    env: { ...go.env, ...offline, GOTOOLCHAIN: 'local' },
    dirs: { ...go.dirs, modCache: inside.modCache },
    directory: inside.module,
  });
  const { memoryBytes, diskBytes } = run.shop.limits;
  const sandbox = { root: join(go.dirs.work, 'root'), binds, fileBytes: diskBytes };
  return ({ limitsMemory }) =>
    sandboxed(program, { ...sandbox, ...(limitsMemory ? {} : { dataBytes: memoryBytes }) });
}

/** The build: in a sandbox where this machine allows it, within its limits everywhere. */
async function runBuild(run: BuildStepRun, build: ShopRun, goRoot: string): Promise<ProgramEnd> {
  const { limits } = run.shop;
  // The go command starts as many compilers as there are processors, and each its threads.
  const cpus = limits.cpus === undefined ? {} : { GOMAXPROCS: String(Math.ceil(limits.cpus)) };
  const go = await goRunOf(run.shop, { ...build, env: { ...build.env, ...cpus } });
  const programIn = canSandbox() ? inSandbox(run, go, goRoot) : () => goProgram(go);
  return runLimited({ what: build.what, limits, directory: go.dirs.work, programIn });
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const binOf = ({ shop, name }: BuildStepRun): string => join(shop.work, name, 'gopath', 'bin');

/** `go install` puts executables for another platform into a directory named after it. */
async function findOutput(run: BuildStepRun): Promise<string> {
  const { step, package: path } = run;
  const bin = binOf(run);
  const places = [join(bin, step.output), join(bin, `${step.env.GOOS}_${step.env.GOARCH}`, step.output)];
  for (const place of places) if (await exists(place)) return place;
  throw new GofleetError('build.wrong-result', `go install of ${path} left no executable ${step.output}`, {
    facts: { package: path, expected: step.output },
  });
}

/**
 * Fetches the toolchain of a step, and what it builds when asked.
 * @throws as `runBuildStep`
 */
export async function fetchStep(
  run: BuildStepRun,
  { modules }: { readonly modules: boolean },
): Promise<void> {
  await fetchToolchain(run);
  if (modules) await fetchModules(run);
}

/** What a step made, and where its toolchain lies. */
export interface BuiltStep {
  readonly path: string;
  readonly goRoot: string;
}

/**
 * The executable that a step of a relink makes. Modules are fetched first; the build then runs in a sandbox where
 * this machine allows it.
 * @throws `build.timeout`, `build.over-memory`, `build.over-disk`, `build.wrong-result`, the codes of `explainGoFailure`,
 * `process.aborted`, `process.cannot-start`
 */
export async function runBuildStep(run: BuildStepRun): Promise<BuiltStep> {
  const goRoot = await fetchToolchain(run);
  const build = await fetchModules(run);
  requireSuccess(run, await runBuild(run, build, goRoot));
  return { path: await findOutput(run), goRoot };
}
