import { type Token, tokenizeLine } from './tokenize-line.ts';

/** A line of a go.mod or go.work, with the word of its block in front when it stands in one. */
export interface Statement {
  readonly verb: string;
  readonly args: readonly Token[];
  readonly inBlock: boolean;
  /** From 1. */
  readonly line: number;
  /** Where it begins in the line, from 0. */
  readonly at: number;
}

/** The first error of the grammar; nothing of the file counts then. */
export interface SyntaxFault {
  readonly error: string;
  readonly line: number;
  readonly at: number;
}

interface Block {
  readonly verb: string;
  readonly line: number;
  readonly at: number;
}

function isBlockStart(tokens: readonly Token[]): boolean {
  return tokens.length > 1 && tokens.at(-1)?.text === '(';
}

function isEmptyBlock(tokens: readonly Token[]): boolean {
  return tokens.length > 2 && tokens.at(-1)?.text === ')' && tokens.at(-2)?.text === '(';
}

/**
 * A requirement as Go itself writes it. Most lines of most files are such lines; this saves taking them apart, since nothing in
 * them is asked for.
 */
const requirement = /\t(?:[\w.~!-]+\/)*[\w.~!-]+ v[\w.+-]+(?: \/\/ indirect)?\r?\n/y;

/** Puts lines together to statements and blocks. */
class Statements {
  readonly statements: Statement[] = [];
  readonly blocks: Block[] = [];
  block: Block | undefined;

  /** Adds a line of words; what is wrong with it, if anything. */
  add(tokens: readonly Token[], line: number): SyntaxFault | undefined {
    const [first, second] = tokens;
    if (!first) return undefined;
    const place = { line, at: first.at };
    if (this.block && first.text === ')') {
      this.block = undefined;
      return second && { error: 'syntax error (expected newline after closing paren)', line, at: second.at };
    }
    if (this.block) this.statements.push({ verb: this.block.verb, args: tokens, inBlock: true, ...place });
    else if (isBlockStart(tokens)) this.block = this.#addBlock(tokens.slice(0, -1), place);
    else if (isEmptyBlock(tokens)) this.#addBlock(tokens.slice(0, -2), place);
    else this.statements.push({ verb: first.text, args: tokens.slice(1), inBlock: false, ...place });
    return undefined;
  }

  #addBlock(words: readonly Token[], place: { readonly line: number; readonly at: number }): Block {
    const block = { verb: words.map(({ text }) => text).join(' '), ...place };
    this.blocks.push(block);
    return block;
  }
}

/**
 * The statements of a go.mod or go.work in order, without plain requirements; `blocks` are the words before the parentheses.
 * @see golang.org/x/mod modfile/read.go, parseStmt and parseLineBlock (as of go1.26.8)
 */
export function parseStatements(
  text: string,
): { readonly statements: readonly Statement[]; readonly blocks: readonly Block[] } | SyntaxFault {
  const found = new Statements();
  for (let at = 0, line = 1; at < text.length; line++) {
    requirement.lastIndex = at;
    if (found.block?.verb === 'require' && requirement.test(text)) {
      at = requirement.lastIndex;
      continue;
    }
    const next = text.indexOf('\n', at);
    const tokens = tokenizeLine(text.slice(at, next < 0 ? undefined : next), next < 0);
    if ('error' in tokens) return { ...tokens, line };
    const fault = found.add(tokens, line);
    if (fault) return fault;
    at = next < 0 ? text.length : next + 1;
  }
  const { block, statements, blocks } = found;
  return block
    ? { error: 'syntax error (unterminated block)', line: block.line, at: block.at }
    : { statements, blocks };
}
