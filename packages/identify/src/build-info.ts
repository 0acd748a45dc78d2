import { GofleetError } from '@gofleet/base/errors';
import type { BuildInfo, GoModule } from './binary-facts.ts';
import { parseSetting, renderSetting } from './setting-line.ts';

interface Draft {
  package: string;
  main: GoModule | undefined;
  readonly deps: GoModule[];
  readonly settings: Record<string, string>;
  /** The module that a following `=>` line replaces. */
  last: 'main' | 'dep' | undefined;
}

function malformed(line: number, problem: string): GofleetError {
  return new GofleetError('identify.malformed-build-info', `build info line ${line}: ${problem}`, {
    facts: { line },
  });
}

function parseModule(fields: readonly string[], line: number): GoModule {
  const [path, version, sum = ''] = fields;
  if (path === undefined || version === undefined || fields.length > 3) {
    throw malformed(line, `a module has 2 or 3 columns, found ${fields.length}`);
  }
  return sum === '' ? { path, version } : { path, version, sum };
}

function replaceLast(draft: Draft, replace: GoModule, line: number): void {
  const last = draft.deps.at(-1);
  if (draft.last === 'main' && draft.main) draft.main = { ...draft.main, replace };
  else if (draft.last === 'dep' && last) draft.deps[draft.deps.length - 1] = { ...last, replace };
  else throw malformed(line, 'a replacement without a module before it');
  draft.last = undefined;
}

const settingProperty = { enumerable: true, configurable: true, writable: true } as const;

const readers: Readonly<Record<string, (draft: Draft, rest: string, line: number) => void>> = {
  path: (draft, rest) => {
    draft.package = rest;
  },
  mod: (draft, rest, line) => {
    draft.main = parseModule(rest.split('\t'), line);
    draft.last = 'main';
  },
  dep: (draft, rest, line) => {
    draft.deps.push(parseModule(rest.split('\t'), line));
    draft.last = 'dep';
  },
  '=>': (draft, rest, line) => {
    const fields = rest.split('\t');
    if (fields.length !== 3) throw malformed(line, `a replacement has 3 columns, found ${fields.length}`);
    replaceLast(draft, parseModule(fields, line), line);
  },
  build: (draft, rest, line) => {
    const setting = parseSetting(rest);
    if (typeof setting === 'string') throw malformed(line, setting);
    const { key, value } = setting;
    // An ordinary assignment is ten times as fast, but would set the prototype.
    if (key !== '__proto__') draft.settings[key] = value;
    else Object.defineProperty(draft.settings, key, { ...settingProperty, value });
  },
};

/**
 * Build info from the text that a binary records (without its sentinels) and the Go version recorded beside it. Lines of an
 * unknown kind are skipped, as Go does.
 * @throws `identify.malformed-build-info` with the line
 * @see Go src/runtime/debug/mod.go ParseBuildInfo (go1.26)
 */
export function parseBuildInfo(text: string, goVersion = ''): BuildInfo {
  const draft: Draft = { package: '', main: undefined, deps: [], settings: {}, last: undefined };
  // Go ignores a last line without its newline.
  const lines = text.split('\n').slice(0, -1);
  lines.forEach((line, index) => {
    const tab = line.indexOf('\t');
    if (tab <= 0) return;
    const kind = line.slice(0, tab);
    if (Object.hasOwn(readers, kind)) readers[kind]?.(draft, line.slice(tab + 1), index + 1);
  });
  const { main, deps, settings } = draft;
  return { goVersion, package: draft.package, main, deps, settings, text };
}

function renderModule(word: string, module: GoModule): string {
  const start = `${word}\t${module.path}\t${module.version}`;
  return module.replace
    ? `${start}\n${renderModule('=>', module.replace)}\n`
    : `${start}\t${module.sum ?? ''}\n`;
}

/**
 * What a program prints of itself by `debug.BuildInfo.String`, and `go version -m` behind tabs; without the line of the release.
 * It is the recorded text with an empty line behind every replacement: Go prints one.
 * @see Go src/runtime/debug/mod.go BuildInfo.String (go1.26)
 */
export function renderBuildInfo(info: Omit<BuildInfo, 'text' | 'goVersion'>): string {
  const path = info.package === '' ? '' : `path\t${info.package}\n`;
  const main = info.main === undefined ? '' : renderModule('mod', info.main);
  const deps = info.deps.map((dep) => renderModule('dep', dep)).join('');
  const settings = Object.entries(info.settings).map(
    ([key, value]) => `build\t${renderSetting(key, value)}\n`,
  );
  return `${path}${main}${deps}${settings.join('')}`;
}
