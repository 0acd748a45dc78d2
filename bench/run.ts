import type { Bench } from './bench.ts';
import { writeResult } from './write-result.ts';

/** Every figure, by the name of its file; in the order in which they are run. */
const benches: Readonly<Record<string, () => Promise<{ bench: Bench }>>> = {
  admission: () => import('./admission.ts'),
  'cache-care': () => import('./cache-care.ts'),
  cacheprog: () => import('./cacheprog.ts'),
  deliveries: () => import('./deliveries.ts'),
  faults: () => import('./faults.ts'),
  'fleet-queue': () => import('./fleet-queue.ts'),
  'fleet-scale': () => import('./fleet-scale.ts'),
  'gc-pauses': () => import('./gc-pauses.ts'),
  launcher: () => import('./launcher.ts'),
  'relink-warm': () => import('./relink-warm.ts'),
  'relink-store': () => import('./relink-store.ts'),
  sandbox: () => import('./sandbox.ts'),
  scan: () => import('./scan.ts'),
  shims: () => import('./shims.ts'),
  'scan-image': () => import('./scan-image.ts'),
  'start-overhead': () => import('./start-overhead.ts'),
  'toolchain-install': () => import('./toolchain-install.ts'),
  why: () => import('./why.ts'),
};

/** `npm run bench [NAME…]`: runs the figures named, or all, and writes each to `bench/results/<name>.json`. */
async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !(name in benches));
  if (unknown.length > 0)
    throw new Error(`no such bench: ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}`);
  for (const name of names.length > 0 ? names : Object.keys(benches)) {
    const module = await benches[name]?.();
    if (!module) continue;
    console.error(`bench ${name}: ${module.bench.question}`);
    const figures = await module.bench.run();
    writeResult({ name, question: module.bench.question, figures });
  }
}

await main(process.argv.slice(2));
