/** A GODEBUG setting as one release of Go has it. */
export interface SourceSetting {
  readonly name: string;
  /** The package that reads it: `net/http`. */
  readonly package: string;
  /** The minor in which its default changed: 23 means Go 1.23. */
  readonly changed?: number;
  /** The value that brings back what was before. */
  readonly old?: string;
  /** Read by the runtime itself, which takes whole numbers only. */
  readonly isNumeric?: true;
}

const field = (line: string, name: string): string | undefined =>
  new RegExp(`\\b${name}: "([^"\\n]{0,64})"`).exec(line)?.[1];

/**
 * The settings of Go's table, from the text of its source; lines that are commented out do not count.
 * @see Go src/internal/godebugs/table.go (since go1.21)
 */
export function parseGodebugTable(source: string): readonly SourceSetting[] {
  return source.split('\n').flatMap((line): SourceSetting[] => {
    const entry = /^\s*\{Name: "([^"]{1,64})",[^\n]*\}/.exec(line);
    const [text, name] = entry ?? [];
    const owner = text === undefined ? undefined : field(text, 'Package');
    if (text === undefined || name === undefined || owner === undefined) return [];
    const changed = /\bChanged: (\d{1,3})\b/.exec(text)?.[1];
    const old = field(text, 'Old');
    return [
      {
        name,
        package: owner,
        ...(changed === undefined ? {} : { changed: Number(changed) }),
        ...(old === undefined ? {} : { old }),
      },
    ];
  });
}

/**
 * The names that the runtime reads as numbers, from the text of its source.
 * @see Go src/runtime/runtime1.go, dbgvars (since go1.21)
 */
export function parseRuntimeVariables(source: string): readonly string[] {
  const list = /\bdbgvars = \[\]\*?dbgVar\{\n([\s\S]{0,20000}?)\n\}/.exec(source)?.[1] ?? '';
  const listed = list.matchAll(/^\s*\{name: "([a-z0-9]{1,64})"/gm);
  // Handled before the list: it is no 32-bit number.
  const special = source.matchAll(/\bkey == "([a-z0-9]{1,64})"/g);
  return [...listed, ...special].map(([, name]) => name ?? '');
}

/** Both, by name: what one release of Go understands. */
export function mergeGodebugSources(table: string, runtime: string): readonly SourceSetting[] {
  const numeric = new Set(parseRuntimeVariables(runtime));
  const listed = parseGodebugTable(table);
  const names = new Set(listed.map(({ name }) => name));
  const marked = listed.map(
    (setting): SourceSetting => (numeric.has(setting.name) ? { ...setting, isNumeric: true } : setting),
  );
  const others = [...numeric].filter((name) => !names.has(name));
  return [
    ...marked,
    ...others.map((name): SourceSetting => ({ name, package: 'runtime', isNumeric: true })),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
}
