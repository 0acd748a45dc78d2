import type { Command } from 'commander';

/** A file of `commands/`: adds its command, with sub-commands, to the program. */
interface CommandModule {
  register(program: Command): void;
}

/** Every command by name, loaded when it is asked for, so that start-up stays short. */
export const commandLoaders: Readonly<Record<string, () => Promise<CommandModule>>> = {
  attest: () => import('./commands/attest.ts'),
  builder: () => import('./commands/builder.ts'),
  builds: () => import('./commands/builds.ts'),
  cache: () => import('./commands/cache.ts'),
  cacheprog: () => import('./commands/cacheprog.ts'),
  cluster: () => import('./commands/cluster.ts'),
  controller: () => import('./commands/controller.ts'),
  demo: () => import('./commands/demo.ts'),
  diff: () => import('./commands/diff.ts'),
  env: () => import('./commands/env.ts'),
  image: () => import('./commands/image.ts'),
  inject: () => import('./commands/inject.ts'),
  install: () => import('./commands/install.ts'),
  keys: () => import('./commands/keys.ts'),
  lab: () => import('./commands/lab.ts'),
  node: () => import('./commands/node.ts'),
  preflight: () => import('./commands/preflight.ts'),
  prove: () => import('./commands/prove.ts'),
  relink: () => import('./commands/relink.ts'),
  rollout: () => import('./commands/rollout.ts'),
  scan: () => import('./commands/scan.ts'),
  shell: () => import('./commands/shell.ts'),
  shims: () => import('./commands/shims.ts'),
  status: () => import('./commands/status.ts'),
  toolchain: () => import('./commands/toolchain.ts'),
  uninstall: () => import('./commands/uninstall.ts'),
  why: () => import('./commands/why.ts'),
  worker: () => import('./commands/worker.ts'),
};
