import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { parseSize } from '@gofleet/base/parse-size';
import { type AccessRule, parseAccessRules } from '@gofleet/build/cacheprog/access';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import type { Command } from 'commander';
import { checked } from '../../checked.ts';
import { action, type Context } from '../../context.ts';
import { parsePort } from '../../parse-port.ts';
import { createRoleLog } from '../../role-log.ts';

interface Options {
  readonly dir?: string;
  readonly listenHost: string;
  readonly listenPort: number;
  readonly access?: string;
  readonly max: number;
}

async function readRules(path: string): Promise<AccessRule[]> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new GofleetError('cli.cannot-read', `${path}: cannot be read: ${cause.message}`, { cause });
  });
  return parseAccessRules(text);
}

const loopback = new Set(['127.0.0.1', '::1', 'localhost']);

/** Whoever reaches an open server decides what others compile into their programs. */
function requireSafe({ listenHost, access }: Options): void {
  if (access !== undefined || loopback.has(listenHost)) return;
  throw new GofleetError('cli.usage', `serve: expected --access with --listen-host ${listenHost}`, {
    hint: 'write a line per token: SHA256-OF-TOKEN read=prod write=dev',
  });
}

async function serve(context: Context, options: Options): Promise<undefined> {
  requireSafe(options);
  const [{ serveCache }, { createObjectFolder }] = await Promise.all([
    import('../../cacheprog/serve-cache.ts'),
    import('@gofleet/filesystem/object-folder'),
  ]);
  const log = createRoleLog('cache', context);
  const dir = options.dir === undefined ? join(cacheRoot(), 'shared-objects') : resolve(options.dir);
  const server = await serveCache({
    folder: createObjectFolder({ dir, maxBytes: options.max }),
    rules: options.access === undefined ? undefined : await readRules(options.access),
    ...{ host: options.listenHost, port: options.listenPort, log },
  });
  const { address, port } = server.address() as AddressInfo;
  log('info', 'listening', { address, port, dir });
  if (!context.signal.aborted) await once(context.signal, 'abort');
  server.close();
  server.closeAllConnections();
  return undefined;
}

/** Adds `gofleet cache serve`. */
export function registerServe(cache: Command): void {
  cache
    .command('serve')
    .description('the remote cache of "gofleet cacheprog --remote http://HOST:PORT"')
    .option('--dir <folder>', 'where it keeps what builds give it')
    .option(
      '--listen-host <host>',
      'the address to listen on; others than loopback need --access',
      '127.0.0.1',
    )
    .option('--listen-port <port>', '0 for any free one', parsePort, 8480)
    .option(
      '--access <file>',
      'who may read and write where: SHA256-OF-TOKEN read=prod write=dev, a line each',
    )
    .option('--max <size>', 'for the bundles of all namespaces', checked(parseSize), 50e9)
    .action(action(serve));
}
