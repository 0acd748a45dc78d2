import type { Command } from 'commander';

/** A file of `commands/`: adds its command to the one above it. */
export interface CommandModule {
  /** @param words - what follows the command's name on the command line, options left out */
  register(parent: Command, words: readonly string[]): void | Promise<void>;
}

/**
 * Loads and adds the command that the first word names, so that start-up stays short; all of them when it names none, as help and
 * completion need.
 */
export async function loadAsked(
  loaders: Readonly<Record<string, () => Promise<CommandModule>>>,
  parent: Command,
  [asked, ...words]: readonly string[],
): Promise<void> {
  const wanted = asked !== undefined && Object.hasOwn(loaders, asked) ? [asked] : Object.keys(loaders);
  for (const name of wanted) await (await loaders[name]?.())?.register(parent, words);
}
