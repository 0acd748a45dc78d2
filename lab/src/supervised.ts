import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import type { Component } from './components.ts';

/** A component's process and how often it had to be started. */
export interface Supervised {
  name: string;
  /** Number inside the lab; 0 while it is not running. */
  pid: number;
  starts: number;
}

/** Starts components and starts them again when they end. */
export interface Keeper {
  start(component: Component): void;
  state(): Supervised[];
}

/** A keeper whose components write to `logs/<name>.log` and run with this environment. */
export function createKeeper(options: {
  logs: string;
  env: NodeJS.ProcessEnv;
  onChange: () => void;
}): Keeper {
  const running = new Map<string, Supervised>();
  const start = (component: Component): void => {
    const known = running.get(component.name) ?? { name: component.name, pid: 0, starts: 0 };
    const child = spawnLogged(component, options);
    running.set(component.name, { ...known, pid: child.pid ?? 0, starts: known.starts + 1 });
    const again = (): void => {
      running.set(component.name, { ...(running.get(component.name) ?? known), pid: 0 });
      options.onChange();
      setTimeout(() => start(component), 1_000);
    };
    child.once('error', again);
    child.once('exit', again);
    options.onChange();
  };
  return { start, state: () => [...running.values()] };
}

function spawnLogged(component: Component, options: { logs: string; env: NodeJS.ProcessEnv }): ChildProcess {
  const log = openSync(join(options.logs, `${component.name}.log`), 'a');
  const [program = '', ...args] = component.argv;
  return spawn(program, args, { stdio: ['ignore', log, log], env: options.env, cwd: '/' });
}
