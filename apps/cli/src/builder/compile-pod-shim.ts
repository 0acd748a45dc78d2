import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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
 * The program that stands for `go` in pods, compiled for Linux on this machine's processor with the Go of this machine; the same
 * release makes the same bytes.
 * @throws `cli.no-go`, `image.cannot-compile`
 */
export async function compilePodShim(): Promise<Buffer> {
  const { path, goVersion, modCache, buildCache } = await findLocalGo();
  const work = await mkdtemp(join(tmpdir(), 'gofleet-compile-'));
  const output = join(work, podShimName);
  try {
    for (const name of ['home', 'tmp', 'gopath']) await mkdir(join(work, name));
    await writeFile(join(work, 'go.mod'), 'module gofleet.dev/go-in-pods\n\ngo 1.21\n');
    await writeFile(join(work, 'main.go'), podShimSource);
    const { exitCode, stderr } = await runGo({
      go: path,
      argv: ['build', '-trimpath', '-buildvcs=false', '-ldflags=-s -w -buildid=', '-o', output, '.'],
      dirs: { modCache, buildCache, work },
      env: {
        ...{ GOTOOLCHAIN: 'local', GOPROXY: 'off', CGO_ENABLED: '0' },
        ...{ GOOS: buildPlatform.os, GOARCH: buildPlatform.arch },
      },
      timeoutMs: 300_000,
    });
    if (exitCode === 0) return await readFile(output);
    const message = `${goVersion} does not compile the program that stands for go: ${stderr.trim()}`;
    throw new GofleetError('image.cannot-compile', message, {
      facts: { program: path, goVersion },
      hint: 'take another Go: GOFLEET_GO=/path/to/go',
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The program as gofleet's image has it beside the command line, else compiled. */
export async function readPodShim(): Promise<Buffer> {
  const packed = join(dirname(process.argv[1] ?? ''), podShimName);
  return existsSync(packed) ? readFile(packed) : compilePodShim();
}
