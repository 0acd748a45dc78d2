import { quoteGo } from '@gofleet/identify/go-quote';
import { goverOfToolchain } from '../gover.ts';

/** A value of GOTOOLCHAIN. */
export interface GoToolchainSetting {
  /** The toolchain that is at least used: a name, or `local`. */
  readonly minimum: string;
  /** Whether a go.mod or go.work may ask for a newer one, and whether that is only looked for in PATH. */
  readonly mode: 'fixed' | 'auto' | 'path';
}

const hint = 'only version suffixes are +auto and +path';

/**
 * The setting that a value of GOTOOLCHAIN stands for, or why the `go` command refuses it.
 * @see Go cmd/go/internal/toolchain/select.go, Select (go1.26)
 */
export function parseGoToolchain(value: string): GoToolchainSetting | { readonly refused: string } {
  if (value === 'auto' || value === 'path') return { minimum: 'local', mode: value };
  const plus = value.indexOf('+');
  const minimum = plus < 0 ? value : value.slice(0, plus);
  const suffix = plus < 0 ? '' : value.slice(plus + 1);
  if (minimum !== 'local' && goverOfToolchain(minimum) === '') {
    const reason = plus < 0 ? '' : `: invalid minimum toolchain ${quoteGo(minimum)}`;
    return { refused: `invalid GOTOOLCHAIN ${quoteGo(value)}${reason}` };
  }
  if (plus >= 0 && suffix !== 'auto' && suffix !== 'path') {
    return { refused: `invalid GOTOOLCHAIN ${quoteGo(value)}: ${hint}` };
  }
  return { minimum, mode: plus < 0 ? 'fixed' : (suffix as 'auto' | 'path') };
}
