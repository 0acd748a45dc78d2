import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { labExec, labKubectl } from '@gofleet/lab/lab';

const version = '0.45.0';
const module = 'github.com/operator-framework/operator-lifecycle-manager';
const goMod = `module gofleet.dev/e2e/olm\n\ngo 1.26.3\n\nrequire ${module} v${version}\n`;

/** OLM's operator and the kinds that it works on; made once on a machine. */
async function ensureOlm(): Promise<{ readonly program: string; readonly crds: string }> {
  const dir = join(cacheRoot(), 'e2e', `olm-${version}`);
  const made = { program: join(dir, 'olm'), crds: join(dir, 'crds') };
  if (existsSync(dir)) return made;
  const work = `${dir}.${process.pid}`;
  await mkdir(work, { recursive: true });
  await writeFile(join(work, 'go.mod'), goMod);
  const env = {
    ...process.env,
    CGO_ENABLED: '0',
    GOTOOLCHAIN: 'go1.26.8',
    GOWORK: 'off',
    GOFLAGS: '-mod=mod',
  };
  const go = (...args: readonly string[]) => promisify(execFile)('go', args, { cwd: work, env });
  await go('build', '-trimpath', '-ldflags=-w', '-o', 'olm', `${module}/cmd/olm`);
  const { stdout } = await go('list', '-m', '-f', '{{.Dir}}', 'github.com/operator-framework/api');
  await cp(join(stdout.trim(), 'crds'), join(work, 'crds'), {
    recursive: true,
    filter: (path) => !path.endsWith('.go'),
  });
  await rename(work, dir).catch(() => rm(work, { recursive: true }));
  return made;
}

/** Runs OLM's operator in a lab, with all rights, until the lab goes down. `ended` says why it does not run any more. */
export async function startOlm(lab: string): Promise<{ readonly ended?: string }> {
  const { program, crds } = await ensureOlm();
  for (const args of [
    ['apply', '--server-side', '-f', crds],
    ['wait', '--for=condition=Established', '--timeout=60s', '-f', crds],
  ]) {
    const { code, stderr } = await labKubectl(lab, args);
    if (code !== 0) throw new Error(`kubectl ${args[0]}: ${stderr}`);
  }
  // With CI in its environment it ends itself where its own tests would fail.
  const running = labExec(lab, ['env', '-u', 'CI', program, '--interval=1m']);
  const olm: { ended?: string } = {};
  void running.then(
    ({ code, stderr }) => {
      olm.ended = `OLM ended with ${code}: ${stderr.slice(-2000)}`;
    },
    (error: unknown) => {
      olm.ended = String(error);
    },
  );
  return olm;
}
