import type { Finding } from '@gofleet/base/finding';
import { GoFileMemory } from './check/go-file-memory.ts';
import type { ParsedFile } from './declaration.ts';
import type { Settings } from './go/settings.ts';
import { readPins } from './pins/read-pins.ts';
import type { DeclarationFiles } from './ports.ts';

/** What one resolution reads, kept for the next one; for as long as files and environment stay as they are. */
export class ResolutionMemory {
  readonly files: DeclarationFiles;
  readonly goFiles: GoFileMemory;
  readonly #pins = new Map<string, ParsedFile>();
  readonly #settings = new Map<boolean, Settings>();

  constructor(files: DeclarationFiles) {
    this.files = files;
    this.goFiles = new GoFileMemory(files);
  }

  /** What the version files of some directories say, those of the first directory first. */
  pins(directories: readonly string[], read: (path: string) => string | undefined): ParsedFile {
    const parsed = directories.map((directory) => this.#pinsOf(directory, read));
    const findings: Finding[] = parsed.flatMap((one) => one.findings);
    return { declarations: parsed.flatMap((one) => one.declarations), findings };
  }

  /** The settings for a Go that a version file pins, or for the local one. */
  settings(isPinned: boolean, readSettings: () => Settings): Settings {
    const known = this.#settings.get(isPinned) ?? readSettings();
    this.#settings.set(isPinned, known);
    return known;
  }

  #pinsOf(directory: string, read: (path: string) => string | undefined): ParsedFile {
    const known = this.#pins.get(directory) ?? readPins(directory, read);
    this.#pins.set(directory, known);
    return known;
  }
}
