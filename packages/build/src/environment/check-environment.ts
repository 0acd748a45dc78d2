import type { Finding } from '@gofleet/base/finding';
import { checkDirectories } from './check-directories.ts';
import { checkRelease } from './check-release.ts';
import { checkSettings } from './check-settings.ts';
import type { MachineFacts } from './machine.ts';

const order = ['error', 'warning', 'info'] as const;

/** What breaks builds on a machine, the worst first. `hint` of each is the line to run that puts it right. */
export function checkEnvironment(machine: MachineFacts): Finding[] {
  return [checkRelease, checkSettings, checkDirectories]
    .flatMap((check) => check(machine))
    .sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}
