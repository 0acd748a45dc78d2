import { join, resolve } from 'node:path';
import { parseSize } from '@gofleet/base/parse-size';
import { type Namespace, parseNamespace } from '@gofleet/build/cacheprog/namespace';
import { parseRemoteSpec, type RemoteSpec } from '@gofleet/build/cacheprog/remote-spec';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { type Command, Option } from 'commander';
import { checked } from '../checked.ts';
import { parseSeconds } from '../parse-seconds.ts';

/** What every form of `gofleet cacheprog` takes. */
export interface CacheprogOptions {
  readonly remote?: RemoteSpec;
  readonly namespace: Namespace;
  readonly read: readonly Namespace[];
  readonly readOnly: boolean;
  readonly dir?: string;
  /** Bytes. */
  readonly max: number;
  /** Seconds. */
  readonly wait: number;
  readonly flush: number;
  /** Seconds without a build, after which the resident process ends. */
  readonly idle: number;
  readonly stats?: string;
}

const flags = {
  remote: '--remote <address>',
  namespace: '--namespace <name>',
  read: '--read <names>',
  readOnly: '--read-only',
  dir: '--dir <folder>',
  max: '--max <size>',
  wait: '--wait <seconds>',
  flush: '--flush <seconds>',
  idle: '--idle <seconds>',
  stats: '--stats <file>',
} as const;

function option(name: keyof typeof flags, description: string): Option {
  const variable = name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  return new Option(flags[name], description).env(`GOFLEET_CACHEPROG_${variable}`);
}

/** Adds the options; each can come from a variable of the environment instead. */
export function addCacheprogOptions(command: Command): Command {
  return command
    .addOption(
      option('remote', 'http://HOST:PORT of "gofleet cache serve", or s3://BUCKET/PREFIX').argParser(
        checked(parseRemoteSpec),
      ),
    )
    .addOption(
      option('namespace', 'whose objects these are; the only one that is written to')
        .default('default')
        .argParser(checked(parseNamespace)),
    )
    .addOption(
      option('read', 'other namespaces to read from, with commas')
        .default([])
        .argParser(checked((text: string) => text.split(',').filter(Boolean).map(parseNamespace))),
    )
    .addOption(option('readOnly', 'never write to the remote cache').default(false))
    .addOption(
      option('dir', 'where the objects are on this machine; default a folder of its own per namespace'),
    )
    .addOption(
      option('max', 'what that folder may occupy').default(10e9, '10GB').argParser(checked(parseSize)),
    )
    .addOption(
      option('wait', 'how long a build may wait for the remote cache in all')
        .default(10)
        .argParser(parseSeconds),
    )
    .addOption(
      option('flush', 'how long a build waits at its end for its uploads')
        .default(10)
        .argParser(parseSeconds),
    )
    .addOption(
      option('idle', 'how long the resident process stays without a build')
        .default(300)
        .argParser(parseSeconds),
    )
    .addOption(option('stats', 'add a line of JSON per build to this file'));
}

/** The folder of this machine's objects. */
export function tierDir({ dir, namespace }: CacheprogOptions): string {
  return dir === undefined ? join(cacheRoot(), 'go-objects', namespace) : resolve(dir);
}
