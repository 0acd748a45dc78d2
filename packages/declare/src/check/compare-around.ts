import type { Finding } from '@gofleet/base/finding';
import type { Considered, Declaration, Resolution } from '../declaration.ts';
import { findingAt } from '../finding-at.ts';
import { normalizePath } from '../paths.ts';
import { workflowsFolder } from '../version-files.ts';
import { canAgree } from '../wish-range.ts';
import { checkAge } from './check-pins.ts';

/** What is around a directory, held against what counts there. */
export interface Comparison {
  readonly considered: readonly Considered[];
  readonly findings: readonly Finding[];
}

const pins: readonly string[] = ['mise', '.tool-versions', '.go-version'];

/** A workflow that names a version file must find it in the repository. */
function checkVersionFile({ value, place, what }: Declaration, exists: (path: string) => boolean): Finding[] {
  const end = place.file.lastIndexOf(`/${workflowsFolder}/`);
  if (!what.endsWith('go-version-file') || end < 0 || value.includes('${{')) return [];
  if (exists(normalizePath(`${place.file.slice(0, end)}/${value}`))) return [];
  const message = `go-version-file: there is no ${value} in the repository`;
  return [findingAt(place, { code: 'declare.no-version-file', severity: 'error', message })];
}

function checkPin(declaration: Declaration, pin: Declaration | undefined): Finding[] {
  if (!pin || canAgree(declaration.wish, pin.wish)) return [];
  const { source, value, place } = declaration;
  const message = `${source} asks for ${value}, but ${pin.place.file}:${pin.place.line} says ${pin.value}`;
  const hint = 'make them say the same';
  return [findingAt(place, { code: 'declare.disagree', severity: 'warning', message, hint })];
}

/**
 * Declarations that do not speak for the `go` command of a directory, held against those that do: one that is older than go.mod
 * or go.work, one that no release satisfies together with the version file.
 */
export function compareAround(
  declarations: readonly Declaration[],
  resolution: Pick<Resolution, 'considered'> | undefined,
  exists: (path: string) => boolean,
): Comparison {
  const lineOf = (what: string): Considered | undefined =>
    resolution?.considered.find((one) => one.what === what);
  const lines = { goLine: lineOf('go line'), toolchainLine: lineOf('toolchain line') };
  const pin = resolution?.considered.find(({ source }) => pins.includes(source));
  const findings: Finding[] = [];
  const considered = declarations.map((declaration): Considered => {
    const age = checkAge(declaration, lines);
    const all = [
      ...age,
      ...(age.length > 0 ? [] : checkPin(declaration, pin)),
      ...checkVersionFile(declaration, exists),
    ];
    findings.push(...all);
    const because = all.length > 0 ? 'disagrees' : 'agrees, as far as its text says';
    return { ...declaration, verdict: 'compared', because };
  });
  return { considered, findings };
}
