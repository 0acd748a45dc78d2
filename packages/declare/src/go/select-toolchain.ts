import { quoteGo } from '@gofleet/identify/go-quote';
import { compareGover, firstReleaseOf, goverOfToolchain } from '../gover.ts';
import { parseGoToolchain } from './gotoolchain.ts';
import type { LookedUp } from './look-up.ts';

/** The release whose `go` command is asked. */
export interface StartingGo {
  /** The name of its toolchain: `go1.26.8`. */
  readonly name: string;
  /** Its version: `1.26.8`. */
  readonly version: string;
}

/** What the choice depends on. */
export interface SelectionInput {
  readonly start: StartingGo;
  /** The value of GOTOOLCHAIN; empty when it is set nowhere, not even in GOROOT/go.env. */
  readonly gotoolchain: string;
  /** The lines of the go.work or, without one, the go.mod that counts. */
  readonly goLine: LookedUp | undefined;
  readonly toolchainLine: LookedUp | undefined;
}

/** The toolchain that runs and what decided, or why none does. */
export type Selection =
  | { readonly name: string; readonly by: 'start' | 'GOTOOLCHAIN' | 'toolchain line' | 'go line' }
  | { readonly refused: string; readonly by: 'GOTOOLCHAIN' | 'toolchain line' | 'go line' };

interface Best {
  readonly name: string;
  readonly version: string;
  readonly by: 'start' | 'GOTOOLCHAIN' | 'toolchain line' | 'go line';
}

/** Go 1.21 lets a `toolchain` line of the same version win; later releases keep what they have. */
function prefersEqual(start: StartingGo): boolean {
  return compareGover(start.version, '1.22') < 0;
}

function isToolchainName(name: string): boolean {
  return goverOfToolchain(name) !== '' && (name.startsWith('go') || name.includes('-go'));
}

function applyToolchainLine(best: Best, name: string, start: StartingGo): Best {
  const version = goverOfToolchain(name);
  const order = compareGover(version, best.version);
  return order > 0 || (order === 0 && prefersEqual(start)) ? { name, version, by: 'toolchain line' } : best;
}

function applyLines(best: Best, { goLine, toolchainLine, start }: SelectionInput): Selection | Best {
  const toolchain = toolchainLine?.value ?? '';
  if (toolchain === 'default') return best;
  if (toolchain !== '' && !isToolchainName(toolchain)) {
    return { refused: `invalid toolchain ${quoteGo(toolchain)}`, by: 'toolchain line' };
  }
  const better = toolchain === '' ? best : applyToolchainLine(best, toolchain, start);
  const version = goLine?.value ?? '';
  if (compareGover(version, better.version) <= 0) return better;
  return { name: firstReleaseOf(version), version, by: 'go line' };
}

/**
 * The toolchain that a `go` command (1.21 or newer) runs, itself or another one.
 * @see Go cmd/go/internal/toolchain/select.go, Select (go1.26, and go1.21.13 where it differs)
 */
export function selectToolchain(input: SelectionInput): Selection {
  const { start, gotoolchain } = input;
  if (gotoolchain === '') return { name: start.name, by: 'start' };
  const setting = parseGoToolchain(gotoolchain);
  if ('refused' in setting) return { refused: setting.refused, by: 'GOTOOLCHAIN' };
  const { minimum, mode } = setting;
  const least: Best =
    minimum === 'local'
      ? { ...start, by: 'start' }
      : { name: minimum, version: goverOfToolchain(minimum), by: 'GOTOOLCHAIN' };
  const best = mode === 'fixed' ? least : applyLines(least, input);
  if ('refused' in best || best.name === start.name) return best;
  if (!best.name.startsWith('go1') && !best.name.includes('-go1')) {
    return {
      refused: `invalid GOTOOLCHAIN ${quoteGo(best.name)}`,
      by: best.by === 'start' ? 'GOTOOLCHAIN' : best.by,
    };
  }
  return best;
}
