import { GofleetError } from '@gofleet/base/errors';
import type { Command } from 'commander';

interface CompletionNode {
  /** Words from the program's name to here: `gofleet lab up`. */
  readonly path: string;
  readonly words: readonly string[];
}

function nodesOf(command: Command, path: string): CompletionNode[] {
  const options = command.options.flatMap(({ long }) => (long === undefined || long === null ? [] : [long]));
  const visible = command.commands.filter((child) => child.name() !== 'help');
  const words = [...visible.map((child) => child.name()), ...options, '--json', '--help'];
  const here = { path, words: [...new Set(words)] };
  return [here, ...visible.flatMap((child) => nodesOf(child, `${path} ${child.name()}`))];
}

function renderCases(nodes: readonly CompletionNode[]): string {
  return nodes.map(({ path, words }) => `    "${path}") words="${words.join(' ')}" ;;`).join('\n');
}

function renderBash(nodes: readonly CompletionNode[]): string {
  return `_gofleet() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" path="gofleet" words="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do case "$word" in -*) ;; *) path="$path $word" ;; esac; done
  case "$path" in
${renderCases(nodes)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  if [ \${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "$cur")); fi
}
complete -F _gofleet gofleet ./gofleet
`;
}

function renderZsh(nodes: readonly CompletionNode[]): string {
  return `autoload -Uz bashcompinit && bashcompinit\n${renderBash(nodes)}`;
}

function renderFish(nodes: readonly CompletionNode[]): string {
  const line = ({ path, words }: CompletionNode): string => {
    const [, ...parts] = path.split(' ');
    const seen = parts.map((part) => `__fish_seen_subcommand_from ${part}`).join('; and ');
    const condition = parts.length === 0 ? '__fish_use_subcommand' : seen;
    return `complete -c gofleet -n '${condition}' -a '${words.join(' ')}'`;
  };
  return `${nodes.map(line).join('\n')}\n`;
}

const renderers = { bash: renderBash, zsh: renderZsh, fish: renderFish };

/**
 * A completion script made from the commands themselves, so that the two cannot drift apart.
 * @throws `cli.usage` for a shell other than bash, zsh and fish
 */
export function renderCompletion(program: Command, shell: string): string {
  const render = renderers[shell as keyof typeof renderers];
  if (!render) throw new GofleetError('cli.usage', `completion is for bash, zsh or fish, found "${shell}"`);
  return render(nodesOf(program, 'gofleet'));
}
