import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { readBinary } from '@gofleet/identify/read-binary';
import { makeCorpus } from './make-corpus.ts';

// `node e2e/identify/record-fixtures.ts`: a few programs of the corpus for tests without a toolchain. Of each, what the reader looks at
// stays, the rest is zeros.

const chosen = [
  ...['1.27.4-linux-amd64-modules', '1.27.4-linux-386-plain', '1.27.4-linux-arm64-stripped'],
  ...['1.27.4-linux-mips-plain', '1.27.4-linux-s390x-modules', '1.27.4-linux-ppc64le-no-build-id'],
  ...['1.27.4-linux-amd64-pie', '1.27.4-linux-amd64-c-shared', '1.27.4-linux-amd64-c-archive'],
  ...['1.27.4-darwin-arm64-modules', '1.27.4-darwin-amd64-stripped', '1.27.4-windows-amd64-modules'],
  ...['1.27.4-windows-386-stripped', '1.27.4-aix-ppc64-plain', '1.27.4-aix-ppc64-stripped'],
  ...['1.27.4-freebsd-amd64-plain', '1.27.4-openbsd-arm64-plain', '1.27.4-netbsd-amd64-modules'],
  ...['1.24.13-linux-amd64-boringcrypto', '1.21.13-linux-amd64-vendor', '1.18.10-linux-386-file'],
  ...[
    '1.17.13-linux-amd64-file',
    '1.13.15-linux-386-file',
    '1.9.7-linux-amd64-file',
    '1.5.4-linux-386-stripped',
  ],
];

/** Zeros wherever the reader does not look. */
function keepWhatIsRead(file: Uint8Array): Uint8Array {
  const kept = new Uint8Array(file.length);
  readBinary((offset, length) => {
    const bytes = file.subarray(offset, offset + length);
    kept.set(bytes, Math.min(offset, file.length));
    return bytes;
  });
  return kept;
}

const { dir, go, builds } = await makeCorpus((line) => process.stderr.write(`corpus: ${line}\n`));
const folder = fileURLToPath(new URL('../../testkit/fixtures/programs', import.meta.url));
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const said: Record<string, string> = {};
for (const name of chosen.filter((one) => builds.some((build) => build.name === one))) {
  const path = join(dir, 'programs', name);
  writeFileSync(join(folder, `${name}.gz`), gzipSync(keepWhatIsRead(readFileSync(path)), { level: 9 }));
  try {
    const output = execFileSync(go.path, ['version', '-m', path], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    said[name] = output.slice(path.length + 2);
  } catch {
    // What `go version` cannot read has nothing to agree with.
  }
}
writeFileSync(join(folder, 'go-version.json'), `${JSON.stringify(said, null, 2)}\n`);
