import { exitCode } from '@gofleet/base/exit-code';
import { Command, CommanderError } from 'commander';
import { commandLoaders } from './commands.ts';
import { action } from './context.ts';
import { loadAsked } from './load-asked.ts';
import { version } from './version.ts';

function createProgram(): Command {
  return new Command('gofleet')
    .description(
      'The Go runtimes of a Kubernetes fleet: what is inside, what should be, how to get there and back.',
    )
    .version(version)
    .option('--json', 'print the result as JSON')
    .option('--verbose', 'print causes and details of errors')
    .showHelpAfterError('(add --help for what this command takes)')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride();
}

/** Loads only the command that is asked for; all of them for help and completion, none for the version. */
async function registerCommands(program: Command, argv: readonly string[]): Promise<void> {
  if (argv[0] === '--version' || argv[0] === '-V') return;
  await loadAsked(
    commandLoaders,
    program,
    argv.filter((word) => !word.startsWith('-')),
  );
}

function inheritSettings(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    inheritSettings(child);
  }
}

/** Runs the command line and leaves the exit code in `process.exitCode`. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = createProgram();
  await registerCommands(program, argv);
  program
    .command('completion')
    .description('print a completion script: eval "$(gofleet completion bash)"')
    .argument('<shell>', 'bash, zsh or fish')
    .action(
      action(async (_context, shell: string) => {
        const { renderCompletion } = await import('./completion.ts');
        process.stdout.write(renderCompletion(program, shell));
        return undefined;
      }),
    );
  inheritSettings(program);
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    process.exitCode = thrown.exitCode === 0 ? exitCode.ok : exitCode.usage;
  }
}
