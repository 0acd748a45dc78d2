import type { Finding } from '@gofleet/base/finding';
import { parseGoVersion, renderGoVersion } from '@gofleet/base/go-version';
import type { GoModule } from '@gofleet/identify/binary-facts';
import { differingSettings } from './compare-reproduction.ts';
import type { RelinkPlan } from './plan-relink.ts';
import type { RelinkOriginal } from './relink-original.ts';
import type { SettingChange } from './relink-result.ts';

/** What follows from the other Go release and from nothing else; the one setting that may take another value. */
const followsGo = 'DefaultGODEBUG';

function wrong(what: string, expected: string, found: string): Finding {
  return {
    code: 'build.wrong-result',
    severity: 'error',
    message: `${what}: expected ${expected}, found ${found}`,
    facts: { what, expected, found },
  };
}

function checkGo(artefact: RelinkOriginal, goVersion: string): Finding[] {
  const parsed = parseGoVersion(artefact.goVersion);
  const found = parsed ? renderGoVersion(parsed) : artefact.goVersion;
  return found === goVersion ? [] : [wrong('Go version', goVersion, found)];
}

const nameOf = (module: GoModule | undefined): string =>
  module ? `${module.path}@${module.version} ${module.sum ?? ''}`.trim() : 'none';

/** A checkout has no checksum, and its version is what the `go` command of the release makes of its tags (since Go 1.24). */
function isCheckout({ settings, main }: RelinkOriginal): boolean {
  return settings['vcs.revision'] !== undefined && main?.sum === undefined;
}

function nameOfMain(original: RelinkOriginal): string {
  return isCheckout(original)
    ? `${original.main?.path} at ${original.settings['vcs.revision']}`
    : nameOf(original.main);
}

function checkMain(original: RelinkOriginal, artefact: RelinkOriginal): Finding[] {
  const [expected, found] = [nameOfMain(original), nameOfMain(artefact)];
  return expected === found ? [] : [wrong('main module', expected, found)];
}

function checkModules(original: RelinkOriginal, artefact: RelinkOriginal): Finding[] {
  const has = new Map(artefact.deps.map((dep) => [dep.path, dep]));
  return original.deps.flatMap((expected) => {
    const found = has.get(expected.path);
    // A dependency that only one release needs is told by `changesOf`.
    const same = found === undefined || nameOf(expected) === nameOf(found);
    return same ? [] : [wrong(`module ${expected.path}`, nameOf(expected), nameOf(found))];
  });
}

const parseGodebug = (list = ''): Map<string, string> =>
  new Map(list.split(',').map((pair) => [pair.split('=')[0] ?? '', pair]));

/** Behaviours that the original kept as older releases had them are kept, as far as the new release knows them. */
function checkGodebug(original: RelinkOriginal, artefact: RelinkOriginal): Finding[] {
  const [had, has] = [original, artefact].map(({ settings }) => parseGodebug(settings[followsGo]));
  return [...(had ?? [])].flatMap(([name, pair]) => {
    const found = has?.get(name);
    return found === undefined || found === pair ? [] : [wrong(`${followsGo} ${name}`, pair, found)];
  });
}

function checkSettings(original: RelinkOriginal, artefact: RelinkOriginal): Finding[] {
  return differingSettings(original.settings, artefact.settings).flatMap(({ setting, from, to }) => {
    const isNews = from === undefined || to === undefined || setting === followsGo;
    return isNews ? [] : [wrong(`setting ${setting}`, from, to)];
  });
}

/** What is wrong with an artefact: it must hold the wanted Go and be the original in every other respect that it records. */
export function checkArtefact(
  original: RelinkOriginal,
  artefact: RelinkOriginal,
  { goVersion, godebug }: Pick<RelinkPlan, 'goVersion' | 'godebug'>,
): Finding[] {
  const path =
    artefact.package === original.package ? [] : [wrong('package', original.package, artefact.package)];
  return [
    ...checkGo(artefact, goVersion),
    ...path,
    ...checkMain(original, artefact),
    ...checkModules(original, artefact),
    ...checkSettings(original, artefact),
    ...(godebug === 'keep' ? checkGodebug(original, artefact) : []),
  ];
}

/** What the artefact records otherwise than the original, as follows from its Go release: settings, and modules as `dep <path>`. */
export function changesOf(original: RelinkOriginal, artefact: RelinkOriginal): SettingChange[] {
  const had = new Map(original.deps.map((dep) => [dep.path, dep.version]));
  const has = new Map(artefact.deps.map((dep) => [dep.path, dep.version]));
  const gone = [...had]
    .filter(([path]) => !has.has(path))
    .map(([path, from]) => ({ setting: `dep ${path}`, from }));
  const come = [...has]
    .filter(([path]) => !had.has(path))
    .map(([path, to]) => ({ setting: `dep ${path}`, to }));
  const [from, to] = [original.main?.version ?? '', artefact.main?.version ?? ''];
  const main = from === to ? [] : [{ setting: `main ${original.main?.path}`, from, to }];
  return [...differingSettings(original.settings, artefact.settings), ...main, ...gone, ...come];
}
