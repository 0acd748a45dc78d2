import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { componentNames } from './components.ts';
import { clusterDir } from './paths.ts';
import { labFiles } from './plan.ts';

/**
 * The path of a component's log.
 *
 * @throws GofleetError `lab.no-such-log`
 */
export async function labLogs(name: string, component: string): Promise<string> {
  const path = join(labFiles(clusterDir(name)).logs, `${component}.log`);
  const known: readonly string[] = componentNames;
  if (known.includes(component) && existsSync(path)) return path;
  throw new GofleetError(
    'lab.no-such-log',
    `log of ${component} in lab ${name}: expected a file, found none`,
    {
      facts: { name, component },
      hint: `components: ${componentNames.join(', ')}`,
    },
  );
}
