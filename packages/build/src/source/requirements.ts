import type { RelinkOriginal } from '../relink-original.ts';

/**
 * A go.mod that requires what an original records, so that the same versions are chosen.
 * @param language - its Go version; the one that every release takes when none is given
 */
export function renderRequirements(
  { main, deps }: RelinkOriginal,
  module: string,
  { language = '1.17', withMain = false }: { readonly language?: string; readonly withMain?: boolean } = {},
): string {
  const modules = [...(withMain && main ? [main] : []), ...deps].filter(({ version }) =>
    /^v\d/.test(version),
  );
  const published = modules.filter(({ replace }) => replace === undefined || replace.sum !== undefined);
  const required = published.map(({ path, version }) => `\t${path} ${version}\n`);
  const replaced = published.map(({ path, replace }) =>
    replace && withMain ? `replace ${path} => ${replace.path} ${replace.version}\n` : '',
  );
  return `module ${module}\n\ngo ${language}\n\nrequire (\n${required.join('')})\n${replaced.join('')}`;
}
