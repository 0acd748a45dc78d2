import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { runGo } from '@gofleet/process/go-command';
import { podShimSource } from '@gofleet/resolve/shim/pod-shim-source';
import { findLocalGo } from '../local-go.ts';
import { buildPlatform } from './make-relink.ts';

/** The name of the program that stands for `go` in pods, beside the bundled command line in gofleet's image. */
export const podShimName = 'go-in-pods';

/**
 * Compiles the program that stands for `go` in pods, for Linux on this machine's processor, with the Go of this machine; the same
 * release makes the same bytes.
 * @throws `cli.no-go`, `image.cannot-compile`
 */
export async function compilePodShim(output: string): Promise<void> {
  const { path, goVersion, modCache, buildCache } = await findLocalGo();
  const work = await mkdtemp(join(tmpdir(), 'gofleet-compile-'));
  try {
    for (const name of ['home', 'tmp', 'gopath']) await mkdir(join(work, name));
    await writeFile(join(work, 'go.mod'), 'module gofleet.dev/go-in-pods\n\ngo 1.21\n');
    await writeFile(join(work, 'main.go'), podShimSource);
    const { exitCode, stderr } = await runGo({
      go: path,
      argv: ['build', '-trimpath', '-buildvcs=false', '-ldflags=-s -w -buildid=', '-o', output, '.'],
      dirs: { modCache, buildCache, work },
      env: {
        GOTOOLCHAIN: 'local',
        GOPROXY: 'off',
        CGO_ENABLED: '0',
        GOOS: 'linux',
        GOARCH: buildPlatform.arch,
      },
      timeoutMs: 300_000,
    });
    if (exitCode !== 0)
      throw new GofleetError(
        'image.cannot-compile',
        `${goVersion} does not compile the go of pods: ${stderr.trim()}`,
        {
          facts: { program: path, goVersion },
          hint: 'take another Go: GOFLEET_GO=/path/to/go',
        },
      );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Path of the program: what gofleet's image has beside the command line, else compiled into a folder. */
export async function findPodShim(folder: string): Promise<string> {
  const packed = join(dirname(process.argv[1] ?? ''), podShimName);
  if (existsSync(packed)) return packed;
  const compiled = join(folder, podShimName);
  await mkdir(folder, { recursive: true });
  await compilePodShim(compiled);
  return compiled;
}
