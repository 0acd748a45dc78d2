import type { Log } from '@gofleet/base/log';

/** A log of JSON lines on standard output, each with time, level, role and message; `debug` lines only when verbose. */
export function createRoleLog(role: string, options: { readonly verbose: boolean }): Log {
  return (level, message, facts = {}) => {
    if (level === 'debug' && !options.verbose) return;
    process.stdout.write(
      `${JSON.stringify({ time: new Date().toISOString(), level, role, message, ...facts })}\n`,
    );
  };
}
