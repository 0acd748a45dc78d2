import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where a build's objects are until it ends when the local cache cannot take them: `go` gives up without a file. */
export class SpareFolder {
  #dir: string | undefined;

  /** Path of a new file with the content. Throws what the system says. */
  keep(outputId: string, body: Uint8Array): string {
    this.#dir ??= mkdtempSync(join(tmpdir(), 'gofleet-cacheprog-'));
    const path = join(this.#dir, outputId);
    writeFileSync(path, body);
    return path;
  }

  remove(): void {
    if (this.#dir !== undefined) rmSync(this.#dir, { recursive: true, force: true });
  }
}
