/** A row of the layer table of ARCHITECTURE.md. */
export interface Layer {
  readonly name: string;
  readonly folder: string;
  /** Package names; `*` allows all. */
  readonly mayImport: readonly string[];
}

export interface SourceFile {
  /** Relative to the root of the work tree. */
  readonly path: string;
  readonly text: string;
}

const row = /^\| `([^`]+)` +\| `([^`]+)` +\|[^|]*\|([^|]*)\|$/;

/** The rows of the layer table; short names in the last column stand for `@gofleet/<name>`. */
export function parseLayerTable(markdown: string): Layer[] {
  return markdown.split('\n').flatMap((line) => {
    const match = row.exec(line.trim());
    if (!match) return [];
    const [, name = '', folder = '', allowed = ''] = match;
    const mayImport = allowed.trim().split(/\s+/).filter(Boolean);
    return [
      { name, folder, mayImport: mayImport.map((short) => (short === '*' ? '*' : `@gofleet/${short}`)) },
    ];
  });
}

const importPattern = /(?:from|import)\s*\(?\s*'([^']+)'/g;
const pureFolder = /^packages\//;
/** Modules that do I/O; a chapter takes ports instead. Hashing is computation. */
const impureModule = /^node:(?!crypto$|util$|buffer$)/;
const impureCall = /\b(Date\.now\(|new Date\(\)|Math\.random\(|process\.(env|argv)\b)/;

function packageOf(specifier: string, layers: readonly Layer[]): Layer | undefined {
  return layers.find(({ name }) => specifier === name || specifier.startsWith(`${name}/`));
}

function checkImport(file: SourceFile, layer: Layer, specifier: string, layers: readonly Layer[]): string[] {
  if (specifier.startsWith('.')) {
    const depth = file.path.split('/').length - layer.folder.split('/').length - 2;
    const climbs = specifier.split('/').filter((part) => part === '..').length;
    return climbs > depth ? [`${file.path}: "${specifier}" leaves the package; import it by its name`] : [];
  }
  if (pureFolder.test(layer.folder) && impureModule.test(specifier) && !file.path.endsWith('.test.ts')) {
    return [`${file.path}: a chapter is pure, "${specifier}" is not; take a port`];
  }
  const target = packageOf(specifier, layers);
  if (specifier.startsWith('@gofleet/') && !target)
    return [`${file.path}: "${specifier}" is not in ARCHITECTURE.md`];
  if (!target || target === layer || layer.mayImport.includes('*')) return [];
  const isTest = file.path.endsWith('.test.ts') && target.name === '@gofleet/testkit';
  if (isTest || layer.mayImport.includes(target.name)) return [];
  return [`${file.path}: ${layer.name} may not import ${target.name}`];
}

/** Every import or impurity that the table forbids, one line each. */
export function findBreaches(layers: readonly Layer[], files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const layer = layers.find(({ folder }) => file.path.startsWith(`${folder}/`));
    if (!layer) return [`${file.path}: its folder is not in ARCHITECTURE.md`];
    const specifiers = [...file.text.matchAll(importPattern)].map((match) => match[1] ?? '');
    const breaches = specifiers.flatMap((specifier) => checkImport(file, layer, specifier, layers));
    const impure =
      pureFolder.test(layer.folder) && !file.path.endsWith('.test.ts') && impureCall.exec(file.text);
    return impure
      ? [...breaches, `${file.path}: a chapter is pure, found ${impure[1]}; take a port`]
      : breaches;
  });
}
