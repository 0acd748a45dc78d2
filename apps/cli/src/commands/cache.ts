import { resolve } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { exitCode } from '@gofleet/base/exit-code';
import { parseSize } from '@gofleet/base/parse-size';
import { renderBytes, renderDuration } from '@gofleet/base/units';
import { type Scenario, scenarios } from '@gofleet/build/environment/scenario';
import { type CacheMeasure, measureBuildCache } from '@gofleet/filesystem/measure-cache';
import { type ModuleVerdict, verifyModuleCache } from '@gofleet/filesystem/module-cache';
import { type TrimOutcome, trimBuildCache } from '@gofleet/filesystem/trim-cache';
import { type CacheVerdict, verifyBuildCache } from '@gofleet/filesystem/verify-cache';
import { oldestRunningGo } from '@gofleet/process/running-go';
import { type Command, Option } from 'commander';
import { checked } from '../checked.ts';
import { action, type Context } from '../context.ts';
import { type CacheChoice, findCaches, type ScenarioCache } from '../environment/find-caches.ts';
import { registerServe } from './cache/serve.ts';

interface Choice {
  readonly scenario?: Scenario;
  readonly go?: string;
}

async function chooseCaches(
  dirs: readonly string[],
  { scenario, go }: Choice,
  kind: CacheChoice['kind'] = 'build',
): Promise<ScenarioCache[]> {
  if (dirs.length > 0) {
    return dirs.map((dir) => ({ scenario: undefined, goVersion: undefined, dir: resolve(dir) }));
  }
  const choice = {
    kind,
    workTree: resolve('.'),
    ...(scenario === undefined ? {} : { scenario }),
    ...(go === undefined ? {} : { go }),
  };
  const found = await findCaches(choice, process.env);
  if (found.length > 0) return found;
  throw new GofleetError('cli.no-cache', `there is no ${kind} cache of this user or in this directory`, {
    hint: 'name its directory, or go to the work tree that it belongs to',
  });
}

/** Does one thing after the other for each cache, and adds what the cache belongs to. */
async function forEach<T>(
  caches: readonly ScenarioCache[],
  run: (dir: string) => Promise<T>,
): Promise<(ScenarioCache & T)[]> {
  const results: (ScenarioCache & T)[] = [];
  for (const cache of caches) results.push({ ...cache, ...(await run(cache.dir)) });
  return results;
}

function report({ progress }: Context, step: string): (done: number, total: number) => void {
  return (done, total) => progress.report({ step, done, total });
}

const belongsTo = ({ scenario, goVersion }: ScenarioCache): string =>
  [scenario ?? '–', ...(goVersion === undefined ? [] : [goVersion])].join(' ');

const age = (atMs: number | undefined): string =>
  atMs === undefined ? '–' : renderAge(Math.max(0, Date.now() - atMs));

const dayMs = 24 * 60 * 60_000;

const renderAge = (ms: number): string => (ms < dayMs ? renderDuration(ms) : `${Math.floor(ms / dayMs)} d`);

function releaseRows({ releases = {} }: CacheMeasure): string[][] {
  const sorted = Object.entries(releases).sort(([, a], [, b]) => b.bytes - a.bytes);
  return sorted.map(([release, { files, bytes }]) => [
    '',
    `  ${release}`,
    renderBytes(bytes),
    '',
    String(files),
    '',
    '',
  ]);
}

async function renderMeasures(measures: readonly (ScenarioCache & CacheMeasure)[]): Promise<string> {
  const { renderTable } = await import('../render-table.ts');
  const rows = measures.flatMap((each) => [
    [
      belongsTo(each),
      each.dir,
      renderBytes(each.bytes),
      String(each.actions.files),
      String(each.data.files),
      age(each.oldestUseMs),
      age(each.newestUseMs),
    ],
    ...releaseRows(each),
  ]);
  return renderTable(['scenario', 'cache', 'size', 'entries', 'outputs', 'oldest use', 'newest use'], rows);
}

function registerStat(cache: Command): void {
  addChoice(cache.command('stat'))
    .description('what the build caches of this user and work tree hold')
    .option('--releases', 'and which Go release made it, as far as outputs say so')
    .action(
      action(async (context, dirs: string[], options: Choice & { releases?: boolean }) => {
        const measures = await forEach(await chooseCaches(dirs, options), (dir) =>
          measureBuildCache({
            dir,
            withReleases: options.releases === true,
            onPart: report(context, `Listing ${dir}`),
            onProgress: report(context, `Reading ${dir}`),
            signal: context.signal,
          }),
        );
        context.progress.stop();
        const text = context.json ? '' : await renderMeasures(measures);
        context.print(measures, () => text);
        return undefined;
      }),
    );
}

function renderTrim({ dir, beforeBytes, afterBytes, removedFiles, isHeldBack }: TrimOutcome): string {
  const said = `${dir}: ${renderBytes(beforeBytes)} → ${renderBytes(afterBytes)}, ${removedFiles} files removed`;
  return isHeldBack ? `${said}; the rest may be in use by a go command that runs: trim again after it` : said;
}

function registerTrim(cache: Command): void {
  addChoice(cache.command('trim'))
    .description(
      'remove the least recently used until each cache is at most so large; safe while builds run; ends with 1 when one is held back',
    )
    .requiredOption('--max <size>', 'for each cache: 10GB, 512MiB', checked(parseSize))
    .action(
      action(async (context, dirs: string[], options: Choice & { max: number }) => {
        const outcomes = await forEach(await chooseCaches(dirs, options), (dir) =>
          trimBuildCache({
            dir,
            maxBytes: options.max,
            busySinceMs: oldestRunningGo,
            onPart: report(context, `Listing ${dir}`),
            signal: context.signal,
          }),
        );
        context.progress.stop();
        context.print(outcomes, () => outcomes.map(renderTrim).join('\n'));
        return outcomes.some(({ isHeldBack }) => isHeldBack) ? exitCode.findings : exitCode.ok;
      }),
    );
}

function renderVerdict({ dir, entries, outputs, bytes, dangling, skipped, corrupt }: CacheVerdict): string {
  const gone = dangling === 0 ? '' : `, ${dangling} entries without output (harmless)`;
  const busy = skipped === 0 ? '' : `, ${skipped} left out that a running go command uses`;
  return [
    `${dir}: ${entries} entries and ${outputs} outputs, ${renderBytes(bytes)} read, ${corrupt.length} corrupt${gone}${busy}`,
    ...corrupt.map(({ path, reason, removed }) => `  ${removed ? 'removed' : 'corrupt'} ${path}: ${reason}`),
    ...(corrupt.some(({ removed }) => !removed) ? ['  fix: gofleet cache verify --remove'] : []),
  ].join('\n');
}

function renderModules({ dir, modules, bytes, onlyDownloaded, modified }: ModuleVerdict): string {
  const rest = onlyDownloaded === 0 ? '' : `, ${onlyDownloaded} downloaded and not extracted`;
  return [
    `${dir}: ${modules} modules, ${renderBytes(bytes)} read, ${modified.length} modified${rest}`,
    ...modified.flatMap(({ module, directory, reason }) => [
      `  modified ${module}: ${reason}`,
      `  fix: chmod -R u+w '${directory}' && rm -rf '${directory}'`,
    ]),
  ].join('\n');
}

interface VerifyOptions extends Choice {
  readonly remove?: boolean;
  readonly modules?: boolean;
}

async function verifyModules(context: Context, caches: readonly ScenarioCache[]): Promise<number> {
  const { progress, signal } = context;
  const onProgress = (done: number, total: number, message: string): void =>
    progress.report({ step: 'Verifying modules', done, total, message });
  const verdicts = await forEach(caches, (dir) => verifyModuleCache({ dir, onProgress, signal }));
  progress.stop();
  context.print(verdicts, () => verdicts.map(renderModules).join('\n'));
  return verdicts.some(({ modified }) => modified.length > 0) ? exitCode.findings : exitCode.ok;
}

async function verifyBuilds(
  context: Context,
  caches: readonly ScenarioCache[],
  remove: boolean,
): Promise<number> {
  const busySinceMs = await oldestRunningGo();
  const verdicts = await forEach(caches, (dir) =>
    verifyBuildCache({
      dir,
      remove,
      ...(busySinceMs === undefined ? {} : { busySinceMs }),
      onProgress: report(context, `Verifying ${dir}`),
      signal: context.signal,
    }),
  );
  context.progress.stop();
  context.print(verdicts, () => verdicts.map(renderVerdict).join('\n'));
  return verdicts.some(({ corrupt }) => corrupt.length > 0) ? exitCode.findings : exitCode.ok;
}

function registerVerify(cache: Command): void {
  addChoice(cache.command('verify'))
    .description(
      'compare every output of the build caches with the hash that is its name; ends with 1 when one differs',
    )
    .option('--remove', 'take away what is corrupt; builds make it anew')
    .option('--modules', 'the module caches instead: extracted modules against their verified hashes')
    .action(
      action(async (context, dirs: string[], options: VerifyOptions) => {
        if (options.modules && options.remove) {
          throw new GofleetError(
            'cli.usage',
            'verify: --remove is for build caches, found it with --modules',
          );
        }
        const caches = await chooseCaches(dirs, options, options.modules ? 'module' : 'build');
        return options.modules
          ? verifyModules(context, caches)
          : verifyBuilds(context, caches, options.remove === true);
      }),
    );
}

function addChoice(command: Command): Command {
  return command
    .argument('[dir...]', 'caches; else those of this user (GOCACHE) and of this directory (.gocache*)')
    .addOption(new Option('--scenario <scenario>', 'only those of a scenario').choices(scenarios))
    .option('--go <version>', 'only those of a release: 1.26.8, 1.26');
}

/** Adds `gofleet cache` with `serve`, `stat`, `trim` and `verify`. */
export function register(program: Command): void {
  const cache = program
    .command('cache')
    .description('care for the build and module caches of Go, and share build caches');
  registerServe(cache);
  registerStat(cache);
  registerTrim(cache);
  registerVerify(cache);
}
