import type { Finding } from '@gofleet/base/finding';
import { unquoteGoPrefix } from '@gofleet/identify/go-quote';
import type { Place } from '../declaration.ts';
import { malformed } from '../finding-at.ts';
import { parseStatements, type Statement } from './parse-statements.ts';

/** A value with its place. */
export interface Located {
  readonly value: string;
  readonly place: Place;
}

/** What a go.mod or go.work says of versions and directories. */
export interface GoFileContent {
  readonly go?: Located;
  readonly toolchain?: Located;
  /** The module path; of a go.mod only. */
  readonly module?: Located;
  /** Directories as they are written; of a go.work only. */
  readonly uses: readonly Located[];
  /** Why the `go` command refuses the file, with line and column. */
  readonly findings: readonly Finding[];
}

/** How strictly a file is read: that of the main module, or one of a dependency, where unknown statements are passed over. */
export type Strictness = 'strict' | 'lax';

const goVersion = /^([1-9][0-9]*)\.(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))?([a-z]+[0-9]+)?$/;
const laxGoVersion = /^v?(([1-9][0-9]*)\.(0|[1-9][0-9]*))([^0-9].*)$/;
const toolchainName = /^default$|^go1($|\.)/;

interface Format {
  readonly verbs: ReadonlySet<string>;
  readonly blocks: ReadonlySet<string>;
}
const modBlocks = ['module', 'godebug', 'require', 'exclude', 'replace', 'retract', 'tool', 'ignore'];
const workBlocks = ['godebug', 'use', 'replace'];
const formats: Readonly<Record<'go.mod' | 'go.work', Format>> = {
  'go.mod': { verbs: new Set(['go', 'toolchain', ...modBlocks]), blocks: new Set(modBlocks) },
  'go.work': { verbs: new Set(['go', 'toolchain', ...workBlocks]), blocks: new Set(workBlocks) },
};
/** What counts in the go.mod of a dependency. */
const laxVerbs: ReadonlySet<string> = new Set(['go', 'module', 'retract', 'require', 'ignore']);

class Reader {
  readonly #file: string;
  readonly #text: string;
  #lines: readonly string[] | undefined;
  readonly #strictness: Strictness;
  readonly content: { go?: Located; toolchain?: Located; module?: Located } = {};
  readonly uses: Located[] = [];
  readonly findings: Finding[] = [];

  constructor(file: string, text: string, strictness: Strictness) {
    this.#file = file;
    this.#text = text;
    this.#strictness = strictness;
  }

  place(line: number, at: number): Place {
    // Most files are asked for two places or none.
    this.#lines ??= this.#text.split('\n');
    const text = (this.#lines[line - 1] ?? '').replace(/\r$/, '');
    return { file: this.#file, line, column: [...text.slice(0, at)].length + 1, text };
  }

  refuse({ line, at }: { line: number; at: number }, message: string): void {
    this.findings.push(malformed(this.place(line, at), message));
  }

  /** The only argument, unless the statement has none or several. */
  #only(statement: Statement, usage: string): Located | undefined {
    const [argument] = statement.args;
    if (argument && statement.args.length === 1) {
      return { value: argument.text, place: this.place(statement.line, argument.at) };
    }
    this.refuse(statement, usage);
    return undefined;
  }

  readGo(statement: Statement): void {
    if (this.content.go) {
      this.refuse(statement, 'repeated go statement');
      return;
    }
    const only = this.#only(statement, 'go directive expects exactly one argument');
    if (!only) return;
    const lax = this.#strictness === 'lax' ? laxGoVersion.exec(only.value)?.[1] : undefined;
    const value = goVersion.test(only.value) ? only.value : lax;
    if (value !== undefined) this.content.go = { ...only, value };
    else this.refuse(statement, `invalid go version '${only.value}': must match format 1.23.0`);
  }

  readToolchain(statement: Statement): void {
    if (this.content.toolchain) {
      this.refuse(statement, 'repeated toolchain statement');
      return;
    }
    const only = this.#only(statement, 'toolchain directive expects exactly one argument');
    if (!only) return;
    if (toolchainName.test(only.value)) this.content.toolchain = only;
    else {
      const expected = 'must match format go1.23.0 or default';
      this.refuse(statement, `invalid toolchain version '${only.value}': ${expected}`);
    }
  }

  readModule(statement: Statement): void {
    if (this.content.module) {
      this.refuse(statement, 'repeated module statement');
      return;
    }
    const path = this.#string(statement, 'usage: module module/path');
    if (path) this.content.module = path;
  }

  readUse(statement: Statement): void {
    const path = this.#string(statement, 'usage: use local/dir');
    if (path) this.uses.push(path);
  }

  #string(statement: Statement, usage: string): Located | undefined {
    const only = this.#only(statement, usage);
    if (!only) return undefined;
    if (only.value.startsWith('"')) {
      const unquoted = unquoteGoPrefix(only.value);
      if (unquoted?.length === only.value.length) return { ...only, value: unquoted.value };
      this.refuse(statement, 'invalid quoted string: invalid syntax');
    } else if (/["'`]/.test(only.value)) {
      this.refuse(statement, 'invalid quoted string: unquoted string cannot contain quote');
    } else return only;
    return undefined;
  }
}

function readStatement(reader: Reader, statement: Statement, kind: 'go.mod' | 'go.work'): void {
  const { verb } = statement;
  if (verb === 'go') reader.readGo(statement);
  else if (verb === 'toolchain') reader.readToolchain(statement);
  else if (verb === 'module' && kind === 'go.mod') reader.readModule(statement);
  else if (verb === 'use' && kind === 'go.work') reader.readUse(statement);
  else if (!formats[kind].verbs.has(verb)) reader.refuse(statement, `unknown directive: ${verb}`);
}

/**
 * A go.mod or go.work, read as the `go` command reads it once it runs. Versions of required modules are not looked at.
 * @see golang.org/x/mod modfile/rule.go and work.go (as of go1.26.8)
 */
export function parseGoFile(
  text: string,
  file: string,
  { kind, strictness = 'strict' }: { kind: 'go.mod' | 'go.work'; strictness?: Strictness },
): GoFileContent {
  const reader = new Reader(file, text, strictness);
  const parsed = parseStatements(text);
  if ('error' in parsed) {
    reader.refuse(parsed, parsed.error);
    return { uses: [], findings: reader.findings };
  }
  const isLax = strictness === 'lax';
  for (const block of isLax ? [] : parsed.blocks) {
    if (!formats[kind].blocks.has(block.verb)) reader.refuse(block, `unknown block type: ${block.verb}`);
  }
  for (const statement of parsed.statements) {
    const isKnown = !statement.inBlock || formats[kind].blocks.has(statement.verb);
    if (isKnown && (!isLax || laxVerbs.has(statement.verb))) readStatement(reader, statement, kind);
  }
  return { ...reader.content, uses: reader.uses, findings: reader.findings };
}
