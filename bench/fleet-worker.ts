import { execFile } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GofleetError } from '@gofleet/base/errors';
import type { RelinkResult } from '@gofleet/build/relink';
import type { Relink } from '@gofleet/builder/relink';
import { runWorker } from '@gofleet/builder/run-worker';
import { createArtefactStore } from '@gofleet/filesystem/artefact-store';
import { createKubeClient } from '@gofleet/kube/client';
import { kubeconfigConnection } from '@gofleet/kube/connection';

const [kubeconfig = '', builderUrl = '', dir = '', journal = ''] = process.argv.slice(2);
const store = createArtefactStore({ dir: join(dir, `store-${process.pid}`) });
const abort = new AbortController();
process.on('SIGTERM', () => abort.abort());

const note = (event: string, program: string): void =>
  appendFileSync(journal, `${JSON.stringify({ event, program, worker: process.pid })}\n`);

/** A tiny program of its own for every original, compiled and linked by the real `go` command. */
const build: Relink = async (
  { sha256, package: program, ...original },
  { goVersion },
  { onProgress, signal },
) => {
  const folder = join(dir, `work-${process.pid}`, sha256);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'go.mod'), 'module bench.test/tiny\n\ngo 1.21\n');
  await writeFile(join(folder, 'main.go'), `package main\n\nfunc main() { println("${sha256}") }\n`);
  note('begin', program);
  onProgress({ phase: 'Building', step: `building with ${goVersion}` });
  const path = join(folder, 'tiny');
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOCACHE: join(dir, 'go-cache') };
  try {
    await promisify(execFile)('go', ['build', '-o', path, '.'], { cwd: folder, env, signal });
  } catch (cause) {
    throw new GofleetError(signal.aborted ? 'process.aborted' : 'build.compile-failed', String(cause), {
      cause,
    });
  }
  const stored = await store.put(path);
  note('end', program);
  const { sizeBytes, goVersion: own, buildId } = original;
  const result: RelinkResult = {
    original: { sha256, sizeBytes, goVersion: own, package: program, buildId },
    reproduction: { goVersion: own, equal: true, segments: [], grade: 'proven', differences: [] },
    artefact: { ...stored, goVersion, grade: 'proven', changes: [] },
  };
  return result;
};

const client = createKubeClient(await kubeconfigConnection({ path: kubeconfig }));
await runWorker({
  ...{
    client,
    builderUrl,
    relink: build,
    signal: abort.signal,
    name: `worker-${process.pid}`,
    concurrency: 1,
  },
  ...{ leaseSeconds: 30, idleMs: 3_600_000, log: () => undefined },
});
await client.close();
