import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

/** A program that a real toolchain built. What no reader of build info looks at is zeros in it. */
export interface RealProgram {
  /** Release, platform and mode: `1.27.4-linux-amd64-pie`. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What `go version -m` says of it, from the release on; `undefined` for what it cannot read. */
  readonly said: string | undefined;
}

const folder = new URL('../fixtures/programs/', import.meta.url);

/** The programs kept as fixtures; `e2e/identify/record-fixtures.ts` made them. */
export function realPrograms(): RealProgram[] {
  const said = JSON.parse(readFileSync(new URL('go-version.json', folder), 'utf8')) as Record<string, string>;
  return readdirSync(fileURLToPath(folder))
    .filter((file) => file.endsWith('.gz'))
    .map((file) => {
      const name = file.slice(0, -3);
      return { name, bytes: gunzipSync(readFileSync(new URL(file, folder))), said: said[name] };
    });
}
