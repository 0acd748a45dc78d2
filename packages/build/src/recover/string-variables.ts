/** Package-level variables of type string in one file: what `-X` can set. */
export interface StringVariables {
  /** Name in the package clause. */
  readonly package: string;
  readonly names: readonly string[];
}

const clause = /^package\s+(\w+)/m;
const single = /^var\s+(.*)$/gm;
const group = /^var\s*\(\n([\s\S]*?)^\)/gm;
/** `a, b string`, `a string = "x"`, `a = "x"`: with nothing at first, or a text; a call cannot be set over. */
const declaration =
  /^\s*([A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s*(?:string\s*(?:=\s*(?:"|`).*)?|=\s*(?:"(?:[^"\\]|\\.)*"|`[^`]*`))\s*(?:\/\/.*)?$/;

function namesIn(line: string): string[] {
  const [, names = ''] = declaration.exec(line) ?? [];
  return names.split(',').flatMap((name) => name.trim() || []);
}

/** Those that a Go file, formatted as gofmt does, declares. */
export function parseStringVariables(text: string): StringVariables {
  const lines = [
    ...[...text.matchAll(single)].map(([, line = '']) => line),
    ...[...text.matchAll(group)].flatMap(([, body = '']) => body.split('\n')),
  ];
  return { package: clause.exec(text)?.[1] ?? '', names: lines.flatMap(namesIn) };
}
