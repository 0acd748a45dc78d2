import {
  type FlagRule,
  goFlags,
  refusedFlags,
  type SandboxCommandName,
  sandboxCommands,
} from './go-flags.ts';
import { refused } from './refused.ts';

/** A flag of the `go` command: `true` for a switch that stands alone. */
export interface SandboxFlag {
  readonly name: string;
  readonly value: string | true;
  readonly path?: 'input' | 'output';
}

/** A call of the `go` command that the sandbox may run, as far as its words tell. */
export interface SandboxCommand {
  readonly name: SandboxCommandName;
  /** Of `-C`. */
  readonly directory?: string;
  readonly flags: readonly SandboxFlag[];
  readonly packages: readonly string[];
  /** What follows `-args`, for the test program. */
  readonly testArguments: readonly string[];
}

const maxText = 8192;

/** Words that a flag's value must not have, whatever the flag. */
const unprintable = /\p{Cc}/u;

function requireValue(name: string, value: string, { pattern, check }: FlagRule): void {
  const shown = value.length > 80 ? `${value.slice(0, 80)}…` : value;
  if (value.length > maxText || unprintable.test(value))
    throw refused(`-${name}`, 'the value is too long, or has control characters');
  if (pattern && !pattern.test(value)) throw refused(`-${name}`, `"${shown}" is no value that it may have`);
  const why = check?.(value);
  if (why !== undefined) throw refused(`-${name}`, why);
}

function ruleOf(command: SandboxCommandName, name: string): FlagRule {
  const rules = goFlags[command];
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
  if (rule) return rule;
  const why = Object.hasOwn(refusedFlags, name) ? refusedFlags[name] : undefined;
  if (why !== undefined) throw refused(`-${name}`, why);
  const hint = command === 'test' ? 'give flags of the test program after -args' : undefined;
  throw refused(`-${name}`, `no flag that the sandbox takes for go ${command}`, hint);
}

/** Reads words from the front: `-name=value`, `-name value`, `-name` alone for a switch. */
class Words {
  readonly #words: readonly string[];
  #at = 0;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  peek(): string | undefined {
    return this.#words[this.#at];
  }

  take(): string | undefined {
    return this.#words[this.#at++];
  }

  rest(): readonly string[] {
    return this.#words.slice(this.#at);
  }

  /** The flag that comes next. */
  takeFlag(command: SandboxCommandName): SandboxFlag {
    const word = this.take() ?? '';
    const [, written = '', given] = /^--?([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    const name = command === 'test' ? written.replace(/^test\./, '') : written;
    const rule = ruleOf(command, name);
    const path = rule.path === undefined ? {} : { path: rule.path };
    if (rule.isSwitch) {
      if (given === undefined) return { name, value: true };
      if (/^(?:true|false|0|1|t|f)$/i.test(given)) return { name, value: given };
      throw refused(`-${name}`, `"${given.slice(0, 80)}" is neither true nor false`);
    }
    const value = given ?? this.take();
    if (value === undefined) throw refused(`-${name}`, 'it needs a value');
    requireValue(name, value, rule);
    return { name, value, ...path };
  }
}

function takeDirectory(words: Words): string | undefined {
  const first = words.peek() ?? '';
  const [, given] = /^--?C(?:=(.*))?$/s.exec(first) ?? [];
  if (!/^--?C(?:=|$)/.test(first)) return undefined;
  words.take();
  return given ?? words.take() ?? '';
}

/** An import path or a path of files, with or without `...`. */
const packagePattern = /^[\p{L}\p{N}._~/+=,:()$!%&{}[\] -]{1,1000}$/u;

function requirePackage(word: string): string {
  if (word.startsWith('-'))
    throw refused(word.slice(0, 80), 'flags come before packages', 'put it before them');
  if (packagePattern.test(word)) return word;
  throw refused(JSON.stringify(word.slice(0, 80)), 'no package, file or pattern that the sandbox takes');
}

function requireCommand(name: string | undefined): SandboxCommandName {
  const found = sandboxCommands.find((command) => command === name);
  if (found) return found;
  throw refused(
    name === undefined ? 'go' : `go ${name.slice(0, 80)}`,
    `the sandbox runs ${sandboxCommands.map((each) => `go ${each}`).join(', ')} and go version, nothing else`,
    'run other commands with a Go of your own',
  );
}

/**
 * The call that the arguments of `go` stand for; everything that is not on the list of what the sandbox takes is refused.
 * @throws `build.sandbox-refused` with the reason, `build.malformed-goflags`
 */
export function parseSandboxCommand(argv: readonly string[]): SandboxCommand {
  const words = new Words(argv);
  const before = takeDirectory(words);
  const name = requireCommand(words.take());
  const directory = before ?? takeDirectory(words);
  const flags: SandboxFlag[] = [];
  const packages: string[] = [];
  let testArguments: readonly string[] = [];
  for (let word = words.peek(); word !== undefined; word = words.peek()) {
    if (name === 'test' && /^--?args$/.test(word)) {
      words.take();
      testArguments = words.rest();
      break;
    }
    const isFlag = word.startsWith('-') && word !== '-';
    if (isFlag && (packages.length === 0 || name === 'test')) flags.push(words.takeFlag(name));
    else packages.push(requirePackage(words.take() ?? ''));
  }
  return {
    ...{ name, flags, packages, testArguments },
    ...(directory === undefined ? {} : { directory }),
  };
}
