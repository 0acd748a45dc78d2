import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { type LabPlan, labFiles } from './plan.ts';

/**
 * The error of a lab that did not start: the reason, and the end of what its supervisor said.
 */
export async function startError(plan: LabPlan, reason: string): Promise<GofleetError> {
  const log = await readFile(join(labFiles(plan.dir).logs, 'supervisor.log'), 'utf8').catch(() => '');
  const said = log.trim().split('\n').slice(-5).join('\n');
  return new GofleetError(
    'lab.start-failed',
    `lab ${plan.name}: expected it to start, found: ${reason}${said ? `\n${said}` : ''}`,
    {
      facts: { name: plan.name, dir: plan.dir },
      retry: 'later',
      hint: `read the logs in ${labFiles(plan.dir).logs}, then: gofleet lab down --name ${plan.name}`,
    },
  );
}
