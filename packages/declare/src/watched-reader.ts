import { isGofleetError } from '@gofleet/base/errors';
import type { Finding } from '@gofleet/base/finding';
import type { WatchedFile } from './declaration.ts';
import type { DeclarationFiles } from './ports.ts';

/** Reads each file once and remembers which were asked for. A file that cannot be read becomes a finding. */
export class WatchedReader {
  readonly #files: DeclarationFiles;
  readonly #texts = new Map<string, string | undefined>();
  readonly #unreadable = new Set<string>();
  readonly findings: Finding[] = [];

  constructor(files: DeclarationFiles) {
    this.#files = files;
  }

  /** The text; `undefined` when there is none, or none that can be read. */
  readonly read = (path: string): string | undefined => this.#text(path, true);

  /** The same without a finding. */
  readonly readQuietly = (path: string): string | undefined => this.#text(path, false);

  /** The same, but empty for a file that is there and cannot be read: Go stops at it. */
  readonly readGoFile = (path: string): string | undefined =>
    this.#text(path, true) ?? (this.#unreadable.has(path) ? '' : undefined);

  get watched(): readonly WatchedFile[] {
    return [...this.#texts].map(([path, text]) => ({
      path,
      found: text !== undefined || this.#unreadable.has(path),
    }));
  }

  /** Whether a file is there and could not be read. */
  isUnreadable(path: string): boolean {
    return this.#unreadable.has(path);
  }

  #text(path: string, isReported: boolean): string | undefined {
    if (!this.#texts.has(path)) this.#texts.set(path, this.#tryRead(path, isReported));
    return this.#texts.get(path);
  }

  #tryRead(path: string, isReported: boolean): string | undefined {
    try {
      return this.#files.read(path);
    } catch (thrown) {
      if (!isGofleetError(thrown) || thrown.code !== 'declare.unreadable') throw thrown;
      this.#unreadable.add(path);
      const { code, message, facts, hint } = thrown;
      const finding = { code, severity: 'error', message, facts: { file: path, ...facts } } as const;
      if (isReported) this.findings.push(hint === undefined ? finding : { ...finding, hint });
      return undefined;
    }
  }
}
