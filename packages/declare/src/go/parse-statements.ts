import { tokenizeLine, type Token } from './tokenize-line.ts';

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

const wordsOf = (tokens: readonly Token[]): string => tokens.map(({ text }) => text).join(' ');

/**
 * The statements of a go.mod or go.work in order; `blocks` are the words before the parentheses.
 * @see golang.org/x/mod modfile/read.go, parseStmt and parseLineBlock (v0.32)
 */
export function parseStatements(
  text: string,
): { readonly statements: readonly Statement[]; readonly blocks: readonly Block[] } | SyntaxFault {
  const statements: Statement[] = [];
  const blocks: Block[] = [];
  let block: Block | undefined;
  const lines = text.split('\n');
  for (const [index, content] of lines.entries()) {
    const tokens = tokenizeLine(content, index === lines.length - 1);
    if ('error' in tokens) return { ...tokens, line: index + 1 };
    const [first] = tokens;
    if (!first) continue;
    const place = { line: index + 1, at: first.at };
    if (block && first.text === ')') {
      const rest = tokens[1];
      if (rest) return { error: 'syntax error (expected newline after closing paren)', line: index + 1, at: rest.at };
      block = undefined;
    } else if (block) {
      statements.push({ verb: block.verb, args: tokens, inBlock: true, ...place });
    } else if (isBlockStart(tokens)) {
      block = { verb: wordsOf(tokens.slice(0, -1)), ...place };
      blocks.push(block);
    } else if (isEmptyBlock(tokens)) {
      blocks.push({ verb: wordsOf(tokens.slice(0, -2)), ...place });
    } else {
      statements.push({ verb: first.text, args: tokens.slice(1), inBlock: false, ...place });
    }
  }
  if (block) return { error: 'syntax error (unterminated block)', line: block.line, at: block.at };
  return { statements, blocks };
}
