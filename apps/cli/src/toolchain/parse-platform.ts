import type { Platform } from '@gofleet/resolve/platform';
import { InvalidArgumentError } from 'commander';

/** A platform from an option's text, `linux/arm64`. */
export function parsePlatform(text: string): Platform {
  const [, os, arch] = /^([a-z0-9]+)[/_-]([a-z0-9]+)$/.exec(text) ?? [];
  if (os !== undefined && arch !== undefined) return { os, arch };
  throw new InvalidArgumentError('a platform is GOOS/GOARCH, such as linux/arm64');
}
