import { dataRoot } from '@gofleet/filesystem/data-root';
import type { KeyType } from '@gofleet/filesystem/pem-keys';
import { createKey, type KeyFiles, ownKeyPath } from '@gofleet/filesystem/signing-keys';
import { type Command, Option } from 'commander';
import { action } from '../context.ts';

interface Options {
  readonly output?: string;
  readonly type: KeyType;
}

function render({ privateKey, publicKey, keyId }: KeyFiles): string {
  return [`private    ${privateKey}`, `public     ${publicKey}`, `key        ${keyId}`].join('\n');
}

/** Adds `gofleet keys`. */
export function register(program: Command): void {
  const keys = program.command('keys').description('keys that sign attestations');
  keys
    .command('new')
    .description('make a key; no key is written over')
    .option(
      '-o, --output <file>',
      'where the private key goes, the public one beside it as .pub (default: your own)',
    )
    .addOption(new Option('--type <type>', 'its kind').choices(['ed25519', 'p256']).default('ed25519'))
    .action(
      action(async (context, { output, type }: Options) => {
        context.print(await createKey(output ?? ownKeyPath(dataRoot()), type), render);
        return undefined;
      }),
    );
}
