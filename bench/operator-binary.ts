import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { rabbitmqOperator as operator } from 'gofleet/demo/operator';

/** The checkout. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The operator that the demo built; `./gofleet demo` makes it. */
export function findOperator(): string {
  const path = join(cacheRoot(), 'demo', `${operator.deployment}-${operator.version}-${operator.goVersion}`);
  if (!existsSync(path)) throw new Error(`${path} is not there: run ./gofleet demo first`);
  return path;
}
