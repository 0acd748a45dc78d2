import type { Finding } from '@gofleet/base/finding';
import type { DynamicFacts, DynamicSymbol } from '@gofleet/identify/elf/read-dynamic';

/** A program, the library with the Go runtime that it runs on, and the one that would take its place. */
export interface LibgoReplacement {
  readonly program: DynamicFacts;
  readonly current: DynamicFacts;
  readonly next: DynamicFacts;
  /** Everything that a process of the program has loaded, where that is known: what is not in it is not there. */
  readonly loaded?: readonly DynamicFacts[];
}

const libgoName = /^libgo\.so\.\d+$/;
/** What `-buildmode=shared` makes. */
const goShared = /^lib[^/]+\.so$/;
const shown = 5;

const error = (code: string, message: string, hint: string): Finding => ({
  code: `verify.libgo-${code}`,
  severity: 'error',
  message,
  hint,
});

function listNames(names: readonly string[]): string {
  const more = names.length > shown ? ` and ${names.length - shown} more` : '';
  return `${names.slice(0, shown).join(', ')}${more}`;
}

/** What a program takes from the library that it runs on. */
function takenFrom({ program, current }: LibgoReplacement): readonly DynamicSymbol[] {
  const taken = [...program.undefined.values(), ...program.defined.values()];
  // Data of a library that a program copies into itself is defined in both.
  return taken.flatMap(({ name }) => current.defined.get(name) ?? []);
}

function checkNames({ program, current, next }: LibgoReplacement): readonly Finding[] {
  const wanted = program.needed.find((name) => libgoName.test(name));
  const same = 'take the library of the same SONAME: it is the ABI that gccgo promises';
  if (wanted === undefined) {
    const why = `the program asks for ${listNames(program.needed)}, and for no libgo`;
    return [
      error(
        'not-used',
        why,
        'a program of gccgo without -static-libgo is expected; gofleet relink changes others',
      ),
    ];
  }
  return [
    ...[current, next].flatMap(({ soname }, index) =>
      soname === wanted
        ? []
        : [
            error(
              'other-soname',
              `the program asks for ${wanted}, the ${index === 0 ? 'current' : 'new'} library is ${soname || 'without a name'}`,
              same,
            ),
          ],
    ),
    ...(next.arch === program.arch && next.bits === program.bits
      ? []
      : [
          error(
            'other-processor',
            `the program is for ${program.arch}, the new library for ${next.arch}`,
            'take the library of the same processor',
          ),
        ]),
  ];
}

function checkSymbols(replacement: LibgoReplacement): readonly Finding[] {
  const { next } = replacement;
  const taken = takenFrom(replacement);
  const missing = taken.filter(({ name }) => !next.defined.has(name)).map(({ name }) => name);
  const resized = taken.filter(({ name, kind, sizeBytes }) => {
    const found = next.defined.get(name);
    return kind === 'object' && found !== undefined && found.sizeBytes !== sizeBytes;
  });
  const other = 'take a library of a nearer GCC release, or rebuild the program';
  return [
    ...(missing.length === 0
      ? []
      : [error('missing-symbols', `the new library lacks ${listNames(missing)}`, other)]),
    ...(resized.length === 0
      ? []
      : [
          error(
            'resized-data',
            `data has another size in the new library: ${listNames(resized.map(({ name }) => name))}`,
            other,
          ),
        ]),
  ];
}

/** The new library may ask more of the C library than the image has. */
function checkVersions({ program, current, next, loaded }: LibgoReplacement): readonly Finding[] {
  const here = loaded ?? [];
  const known = new Set([
    ...current.versions,
    ...program.versions,
    ...here.flatMap(({ provides }) => provides),
  ]);
  const named = new Set([...current.needed, ...program.needed, ...here.map(({ soname }) => soname)]);
  const versions = next.versions.filter((version) => !known.has(version));
  const libraries = next.needed.filter((name) => !named.has(name));
  const which =
    loaded === undefined
      ? 'which the current one does not'
      : 'which is not among what the process has loaded';
  const asked = (
    code: string,
    names: readonly string[],
    severity: Finding['severity'],
  ): readonly Finding[] =>
    names.length === 0
      ? []
      : [
          {
            ...error(
              code,
              `the new library needs ${listNames(names)}, ${which}`,
              'look what the image has: ldd --version in it, or ls its library folders',
            ),
            severity,
          },
        ];
  return [
    ...asked('newer-system', versions, loaded === undefined ? 'warning' : 'error'),
    ...asked('more-libraries', libraries, 'warning'),
  ];
}

/** Libraries of `-buildmode=shared`: a program does not start on one with another hash than it was linked with. */
function checkAbiHash({ program, current, next }: LibgoReplacement): readonly Finding[] {
  const asked = program.needed.filter((name) => goShared.test(name));
  if (asked.length === 0 || (current.soname !== '' && !asked.includes(current.soname))) {
    const message = `the program asks for ${asked.join(', ') || 'no shared Go library'}, the current library is ${current.soname || 'another one'}`;
    return [error('other-soname', message, 'give the library that the program runs on')];
  }
  if (current.abiHash === next.abiHash && current.arch === next.arch) return [];
  const message = `the current library has the ABI hash ${current.abiHash?.slice(0, 12)}, the new one ${next.abiHash?.slice(0, 12) ?? 'none'}: the program would not start`;
  return [
    error(
      'other-abi',
      message,
      'only a library with the same hash can take its place; build program and library anew together',
    ),
  ];
}

/**
 * What stands against running a program on another library of the Go runtime: libgo of gccgo, or one of `-buildmode=shared`. No finding
 * says that every name, size, version and hash that linker and runtime look at fits; what the code behind the names does is not
 * looked at.
 */
export function checkLibgo(replacement: LibgoReplacement): readonly Finding[] {
  if (replacement.current.abiHash !== undefined) return checkAbiHash(replacement);
  const named = checkNames(replacement);
  if (named.length > 0) return named;
  return [...checkSymbols(replacement), ...checkVersions(replacement)];
}
