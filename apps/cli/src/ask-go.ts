import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * What `go env` of this machine says, of the `go` itself: in a shim's place the one behind it, whatever the directory wants.
 * @throws as `execFile`, when the program cannot be run or fails
 */
export async function askGo(program: string, names: readonly string[]): Promise<Record<string, string>> {
  // GOFLEET_SHIM would have a shim put the user's GOTOOLCHAIN back.
  const { GOFLEET_SHIM: _, ...inherited } = process.env;
  const env = { ...inherited, GOFLEET_RESOLVING: '1', GOTOOLCHAIN: 'local', GOFLAGS: '' };
  const { stdout } = await promisify(execFile)(program, ['env', '-json', ...names], { env, timeout: 20_000 });
  return JSON.parse(stdout) as Record<string, string>;
}
