import type { Finding } from '@gofleet/base/finding';
import type { Declaration } from '../declaration.ts';
import { findingAt } from '../finding-at.ts';
import type { GoLines } from '../go/look-up.ts';
import { goverOfToolchain } from '../gover.ts';
import { folderOf } from '../paths.ts';
import { canAgree, isOlder } from '../wish-range.ts';

/** A declaration that asks for less than go.mod or go.work. */
export function checkAge(declaration: Declaration, { goLine, toolchainLine }: GoLines): Finding[] {
  const { value, wish, place, source } = declaration;
  const lines = [
    { line: goLine, version: goLine?.value ?? '', code: 'declare.older-than-go-line', what: 'requires go' },
    {
      line: toolchainLine,
      version: goverOfToolchain(toolchainLine?.value ?? ''),
      code: 'declare.older-than-toolchain-line',
      what: 'suggests',
    },
  ];
  const older = lines.find(({ version }) => version !== '' && isOlder(wish, version));
  if (!older?.line) return [];
  const { place: at, value: asked } = older.line;
  const message = `${source} asks for ${value}, but ${at.file}:${at.line} ${older.what} ${asked}`;
  const finding = {
    code: older.code,
    severity: 'warning',
    message,
    hint: `ask for ${older.version} or newer`,
  } as const;
  return [findingAt(place, finding)];
}

/** Two version files that no release satisfies together. */
function checkPair(first: Declaration, other: Declaration): Finding[] {
  if (canAgree(first.wish, other.wish)) return [];
  const counts = `${first.place.file}:${first.place.line} says ${first.value}, which counts`;
  const message = `${other.source} asks for ${other.value}, but ${counts}`;
  const hint = 'make them say the same, or keep one';
  return [findingAt(other.place, { code: 'declare.disagree', severity: 'warning', message, hint })];
}

/**
 * What is wrong among version files: the one that counts asks for less than go.mod, or another of the same directory says
 * something else. That a nearer directory says something else is what nearer files are for.
 */
export function checkPins(pins: readonly Declaration[], lines: GoLines): Finding[] {
  const [first, ...others] = pins;
  if (!first) return [];
  const beside = others.filter(({ place }) => folderOf(place.file) === folderOf(first.place.file));
  return [...checkAge(first, lines), ...beside.flatMap((other) => checkPair(first, other))];
}
