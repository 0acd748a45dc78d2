/** What images and workloads say of where they come from. @see OCI image specification, annotations.md */
export const sourceLabels = {
  version: 'org.opencontainers.image.version',
  revision: 'org.opencontainers.image.revision',
} as const;

/** Longer ones name nothing that could be asked for. */
const maxLength = 128;

/** Those of some labels or annotations that point to a source; `undefined` when none does. */
export function pickSourceLabels(
  labels: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> | undefined {
  const found = Object.values(sourceLabels).flatMap((name) => {
    const value = labels[name] ?? '';
    return value === '' || value.length > maxLength ? [] : [[name, value] as const];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}
