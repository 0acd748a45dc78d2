/** A variable that a release recipe sets with `-X`, and what it says its value is. */
export interface LinkVariable {
  /** `main.version`, `example.com/m/internal/build.Commit`. */
  readonly name: string;
  readonly template: string;
}

/** Names of files that may hold release recipes: all that are no source; of Go files those that build. */
export function mayBeRecipe(name: string): boolean {
  return (
    /^mage\w*\.go$/.test(name) ||
    !/\.(?:go|mod|sum|md|html?|[cm]?[jt]sx?|css|json|svg|png|gif|jpe?g|ico|pb|golden)$/.test(name)
  );
}

const assignment = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*[:?]?=\s*(.*?)\s*$/gm;
const setting =
  /-X[= ]?\s*(["']?)((?:\$\{?\(?\w+[)}]*|[\w.~/-])+)=((?:\{\{[^}]*\}\}|\$\([^)]*\)|\$\{[^}]*\}|[^\s"'`{])*)\1/g;

/** Shell and make variables of a recipe in a text replaced by what the recipe sets them to. */
function expand(text: string, variables: ReadonlyMap<string, string>, depth = 0): string {
  const expanded = text.replace(/\$[({](\w+)[)}]|\$(\w+)/g, (whole, braced: string, bare: string) => {
    const value = variables.get(braced ?? bare);
    return value === undefined ? whole : value.replace(/^(["'])(.*)\1$/, '$2');
  });
  return expanded === text || depth > 4 ? expanded : expand(expanded, variables, depth + 1);
}

/** A value whose own variable is not a plain one, such as the output of a command: its name still tells what it means. */
const isPlain = (value: string): boolean => !/\$\(|`|\$\$/.test(value);

/** What a recipe sets, by names that may still have a shell variable in them. */
function settingsIn(text: string): LinkVariable[] {
  const variables = new Map(
    [...text.matchAll(assignment)]
      .filter(([, , value = '']) => isPlain(value) && value.length < 400 && !/-X/.test(value))
      .map(([, name = '', value = '']) => [name, value]),
  );
  return [...text.matchAll(setting)].map(([, , name = '', template = '']) => ({
    name: expand(name, variables),
    template: expand(template, variables),
  }));
}

/**
 * What a release recipe sets with `-X`: .goreleaser.yml, Makefile, Dockerfile, .ko.yaml and scripts alike.
 * @see Go cmd/link, flag -X
 */
export function parseReleaseRecipe(text: string): LinkVariable[] {
  return settingsIn(text).filter(({ name }) => /^[\w.~/-]+\.\w+$/.test(name));
}

/** The packages of which a recipe sets variables that it names elsewhere: `-X example.com/m/version.${key}=${value}`. */
export function parseRecipePackages(text: string): string[] {
  return settingsIn(text).flatMap(({ name }) => /^([\w.~/-]+)\.\$\{?\w+\}?$/.exec(name)?.[1] ?? []);
}

/** What recipes may set of packages: each variable that one declares, to what its name means. */
export function variablesOf(packages: readonly string[], declared: readonly string[]): LinkVariable[] {
  return packages.flatMap((path) =>
    declared
      .filter((name) => name.slice(0, name.lastIndexOf('.')) === path)
      .map((name) => ({ name, template: `\${${name.slice(path.length + 1)}}` })),
  );
}
