import type { Difference } from '../relink-result.ts';
import type { SectionChange } from './compare-sections.ts';

interface SectionKind {
  readonly cause: string;
  readonly names: RegExp;
  /** Whether such a change has this cause, rather than that of the code. */
  readonly when: (change: SectionChange, isCgo: boolean) => boolean;
}

const isOneSided = ({ originalBytes, rebuiltBytes }: SectionChange): boolean =>
  originalBytes === undefined || rebuiltBytes === undefined;

/** Sections that tell by themselves why they are others. */
const kinds: readonly SectionKind[] = [
  { cause: 'build-id', names: /^\.note\.(?:go\.buildid|gnu\.build-id)$/, when: () => true },
  // Link flags leave symbols and DWARF out, or leave it uncompressed, which is another name.
  {
    cause: 'link-flags',
    names: /^(?:\.symtab|\.strtab|\.z?debug_\w+|__DWARF,.*)$/,
    when: isOneSided,
  },
  { cause: 'changed-afterwards', names: /^(?:code signature|end of the file)$/, when: isOneSided },
  {
    cause: 'c-toolchain',
    names:
      /^\.(?:comment|interp|dynamic|dynsym|dynstr|hash|gnu\..*|note\.(?:ABI-tag|gnu\.property)|rela?\..*|plt.*|got.*|init.*|fini.*|eh_frame.*|gcc_except_table|tdata)$/,
    when: (_, isCgo) => isCgo,
  },
];

const count = (bytes: number): string => bytes.toLocaleString('en-GB');

function render({ name, originalBytes, rebuiltBytes, differingBytes }: SectionChange): string {
  if (rebuiltBytes === undefined) return `${name}: ${count(originalBytes ?? 0)} bytes, only in the original`;
  if (originalBytes === undefined) return `${name}: ${count(rebuiltBytes)} bytes, only in the rebuild`;
  const sizes =
    originalBytes === rebuiltBytes
      ? `${count(originalBytes)} bytes`
      : `${count(originalBytes)} bytes, in the rebuild of ${count(rebuiltBytes)}`;
  return `${name}: ${count(differingBytes)} of ${sizes}`;
}

/**
 * Which sections differ, by cause: those that tell it by themselves, and all others under the cause that is named for the code.
 * @param codeCause - why the code and its data are others
 */
export function explainSections(
  changes: readonly SectionChange[],
  codeCause: string,
  isCgo: boolean,
): Difference[] {
  const byCause = Map.groupBy(changes, (change) => {
    const kind = kinds.find(({ names, when }) => names.test(change.name) && when(change, isCgo));
    return kind?.cause ?? codeCause;
  });
  return [...byCause].map(([cause, group]) => ({ cause, evidence: group.map(render).join('; ') }));
}
