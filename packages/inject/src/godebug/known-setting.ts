import type { GoVersion } from '@gofleet/base/go-version';
import type { SourceSetting } from './parse-godebug-source.ts';

/** A GODEBUG setting, and which releases of Go understand it. */
export interface KnownSetting extends SourceSetting {
  /** By minor, the first patch release in which it was found; security fixes bring settings into older minors. */
  readonly known: Readonly<Record<string, number>>;
}

/** Whether a release of Go understands a setting; a release between two that were looked at only when the earlier one does. */
export function isKnownTo(
  { known }: KnownSetting,
  { minor, patch = 0 }: Pick<GoVersion, 'minor' | 'patch'>,
): boolean {
  const from = known[String(minor)];
  return from !== undefined && patch >= from;
}
