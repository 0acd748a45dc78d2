import { isGofleetError } from '@gofleet/base/errors';
import type { Finding } from '@gofleet/base/finding';
import type { GoFile } from '../go/find-go-files.ts';
import { type GoLines, lookUp } from '../go/look-up.ts';
import { type GoFileContent, parseGoFile } from '../go/parse-go-file.ts';
import type { DeclarationFiles } from '../ports.ts';

/** What a go.work says of its modules. */
export interface Workspace {
  /** The directories that it lists. */
  readonly listed: ReadonlySet<string>;
  readonly findings: readonly Finding[];
}

/** Reads and parses each go.mod and go.work once, and checks each workspace once. */
export class GoFileMemory {
  readonly #files: DeclarationFiles;
  readonly #contents = new Map<string, GoFileContent>();
  readonly #lines = new Map<string, GoLines>();
  readonly #workspaces = new Map<string, Workspace>();

  constructor(files: DeclarationFiles) {
    this.#files = files;
  }

  parse({ path, text }: GoFile, kind: 'go.mod' | 'go.work'): GoFileContent {
    const known = this.#contents.get(path);
    if (known) return known;
    const content = parseGoFile(text, path, { kind });
    this.#contents.set(path, content);
    return content;
  }

  /** The lines that choose a toolchain, looked up once. */
  lines({ path, text }: GoFile): GoLines {
    const known = this.#lines.get(path);
    if (known) return known;
    const lines = { goLine: lookUp(text, path, 'go'), toolchainLine: lookUp(text, path, 'toolchain') };
    this.#lines.set(path, lines);
    return lines;
  }

  workspace(path: string, check: () => Workspace): Workspace {
    const known = this.#workspaces.get(path);
    if (known) return known;
    const workspace = check();
    this.#workspaces.set(path, workspace);
    return workspace;
  }

  /** The text of a file; `undefined` when it is not there or cannot be read. */
  read(path: string): string | undefined {
    try {
      return this.#files.read(path);
    } catch (thrown) {
      if (isGofleetError(thrown)) return undefined;
      throw thrown;
    }
  }
}
