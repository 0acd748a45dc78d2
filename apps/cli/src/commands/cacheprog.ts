import { chmod, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { GofleetError } from '@gofleet/base/errors';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import type { Command } from 'commander';
import { openBuildCache } from '../cacheprog/build-cache.ts';
import { addCacheprogOptions, type CacheprogOptions } from '../cacheprog/cacheprog-options.ts';
import { action } from '../context.ts';

const backgroundMs = 5 * 60_000;

async function socketFolder(): Promise<string> {
  const folder = join(cacheRoot(), 'cacheprog', 'sockets');
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  return folder;
}

/** Where a sub-command stands in a command line: options may have the same word as their value. */
function placeOf(name: string, words: readonly string[], command: Command): number {
  const options = [...command.options, ...(command.parent?.options ?? [])];
  const before = new Set(options.flatMap((option) => (option.required ? [option.long, option.short] : [])));
  return words.findIndex((word, at) => word === name && !before.has(words[at - 1]));
}

/** This command line again, with another sub-command in the place of one, and with paths that hold in every directory. */
function residentArguments(options: CacheprogOptions, cacheprog: Command): string[] {
  const [node = '', entry = '', ...argv] = [process.execPath, ...process.argv.slice(1)];
  const words = argv.with(placeOf('command', argv, cacheprog), 'resident');
  const paths = (['dir', 'stats'] as const).flatMap((name) => {
    const path = options[name];
    return path === undefined ? [] : [`--${name}`, resolve(path)];
  });
  return [node, resolve(entry), ...words, ...paths];
}

function registerCommand(cacheprog: Command): void {
  cacheprog
    .command('command')
    .description('print the value of GOCACHEPROG for a process that stays between builds')
    .action(
      action(async (context, _options: unknown, command: Command) => {
        const options = command.optsWithGlobals<CacheprogOptions>();
        const [{ buildClient }, { renderGocacheprog }] = await Promise.all([
          import('../cacheprog/build-client.ts'),
          import('../cacheprog/render-gocacheprog.ts'),
        ]);
        // What the resident would complain of is better said here.
        const cache = await openBuildCache({ ...options, backgroundMs }, process.env);
        cache.stop();
        const client = await buildClient();
        const value = renderGocacheprog([
          client,
          await socketFolder(),
          ...residentArguments(options, cacheprog),
        ]);
        context.print({ GOCACHEPROG: value }, () => value);
        return undefined;
      }),
    );
}

/**
 * Of a process that lives minutes, and whose work is done by libraries, a fifth of the processor time would go into making its
 * JavaScript faster and into collecting a small heap often: time that the compiler and the linker need.
 */
function spareProcessor(): void {
  for (const flag of [
    '--no-opt',
    '--no-maglev',
    '--min-semi-space-size=16',
    '--semi-space-growth-factor=4',
  ]) {
    setFlagsFromString(flag);
  }
}

function registerResident(cacheprog: Command): void {
  cacheprog
    .command('resident', { hidden: true })
    .requiredOption('--socket <name>')
    .action(
      action(async ({ signal }, { socket: name }: { socket: string }, command: Command) => {
        const options = command.optsWithGlobals<CacheprogOptions>();
        spareProcessor();
        const { runResident } = await import('../cacheprog/run-resident.ts');
        const cache = await openBuildCache({ ...options, backgroundMs }, process.env);
        const socket = join(await socketFolder(), name);
        await runResident({ cache, socket, idleMs: options.idle * 1000, signal });
        return undefined;
      }),
    );
}

/** Adds `gofleet cacheprog`. */
export function register(program: Command): void {
  const cacheprog = program
    .command('cacheprog')
    .description('a build cache that machines share, for GOCACHEPROG of Go 1.24 and newer');
  addCacheprogOptions(cacheprog).action(
    action(async (_context, options: CacheprogOptions) => {
      if (process.stdin.isTTY) {
        throw new GofleetError(
          'cli.usage',
          'cacheprog: expected the go command at the other end of standard input',
          {
            hint: 'export GOCACHEPROG="$(gofleet cacheprog command --remote ADDRESS)"',
          },
        );
      }
      const { runAttachedSession } = await import('../cacheprog/run-attached-session.ts');
      await runAttachedSession(await openBuildCache({ ...options, backgroundMs: 0 }, process.env));
      return undefined;
    }),
  );
  registerCommand(cacheprog);
  registerResident(cacheprog);
}
