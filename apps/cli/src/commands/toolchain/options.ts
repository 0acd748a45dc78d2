import { hostPlatform } from '@gofleet/filesystem/toolchain-store';
import type { Platform } from '@gofleet/resolve/platform';
import { Option } from 'commander';
import { parsePlatform } from '../../toolchain/parse-platform.ts';

/** What `platformOption` gives. */
export interface OnPlatform {
  readonly platform: Platform;
}

/** What `indexOption` gives. */
export interface FromIndex {
  readonly index?: string;
}

/** `--platform`, this one unless it is given. */
export const platformOption = (): Option =>
  new Option('--platform <os/arch>', 'for another platform than this one')
    .argParser(parsePlatform)
    .default(hostPlatform(), 'this one');

/** `--index`, where archives of releases are listed. */
export const indexOption = (): Option =>
  new Option(
    '--index <address>',
    'an index of archives, as the official download list with ?mode=json&include=all; also GOFLEET_GO_INDEX',
  );

/** The versions that commands of toolchains take. */
export const versionHelp = '1.26.8, 1.26, stable, oldstable, 1.27rc1, or ">=1.25.3 <1.27"';
