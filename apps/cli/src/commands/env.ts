import { basename, resolve } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { exitCode } from '@gofleet/base/exit-code';
import type { Finding } from '@gofleet/base/finding';
import { checkEnvironment } from '@gofleet/build/environment/check-environment';
import { isGoVariable } from '@gofleet/build/environment/go-variables';
import type { EnvironmentPlan } from '@gofleet/build/environment/plan-environment';
import { renderGithub } from '@gofleet/build/environment/render-github';
import { renderShell, type Shell, shells } from '@gofleet/build/environment/render-shell';
import { type Scenario, scenarios } from '@gofleet/build/environment/scenario';
import { runAttached } from '@gofleet/process/run-attached';
import { type Command, Option } from 'commander';
import { action } from '../context.ts';
import { inspectMachine } from '../environment/inspect-machine.ts';
import { type EnvironmentChoice, makeDirectories, makePlan } from '../environment/make-plan.ts';

interface Choice {
  readonly go?: string;
  readonly scenario: Scenario;
}

interface PrintOptions extends Choice {
  readonly shell?: Shell | true;
  readonly github?: boolean;
}

interface RunOptions extends Choice {
  readonly keep?: readonly string[];
}

const choose = ({ go, scenario }: Choice): EnvironmentChoice => ({
  scenario,
  workTree: resolve('.'),
  ...(go === undefined ? {} : { go }),
});

async function renderPlan({ scenario, goVersion, variables }: EnvironmentPlan): Promise<string> {
  const { renderTable } = await import('../render-table.ts');
  const shown = (name: string, value = '(not set)'): string =>
    name === 'PATH' ? `${value.split(':', 1)}:…` : value;
  const rows = variables.map(({ name, value, why }) => [name, shown(name, value), why]);
  return `${goVersion}, scenario ${scenario}\n\n${renderTable(['variable', 'value', 'why'], rows)}`;
}

function planToJson({ variables, ...plan }: EnvironmentPlan): unknown {
  return { ...plan, variables: variables.map(({ value = null, ...rest }) => ({ ...rest, value })) };
}

/** The shell that is named, else the user's own, else bash. */
function shellOf(asked: Shell | true): Shell {
  const own = basename(process.env.SHELL ?? '');
  return asked === true ? (shells.find((name) => name === own) ?? 'bash') : asked;
}

function renderFindings(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'nothing found that breaks builds';
  return findings
    .map(({ severity, message, code, hint }) => `${severity} ${message} (${code})\n  fix: ${hint}`)
    .join('\n');
}

/** What a command gets: of the caller everything that Go does not read and what is to be kept, of Go what the plan says. */
function environmentFor(plan: EnvironmentPlan, keep: readonly string[]): Record<string, string> {
  const env: Record<string, string> = { GOENV: 'off' };
  for (const { name, value } of plan.variables) if (value !== undefined) env[name] = value;
  for (const [name, value] of Object.entries(process.env)) {
    const isOurs = name === 'PATH' || (isGoVariable(name) && !keep.includes(name));
    if (value !== undefined && !isOurs) env[name] = value;
  }
  return env;
}

function addChoice(command: Command): Command {
  return command
    .option(
      '--go <version>',
      'the release: 1.26.8, 1.26, or ">=1.25.3 <1.27"; else the one that the directory asks for',
    )
    .addOption(
      new Option(
        '--scenario <scenario>',
        'local shares your caches; ci keeps everything in this directory; matrix does so for each release',
      )
        .choices(scenarios)
        .default('local'),
    );
}

function registerCheck(env: Command): void {
  addChoice(env.command('check'))
    .description(
      'find what breaks or slows down builds here, each with the line that puts it right; ends with 1 when something does',
    )
    .action(
      action(async (context, _options: Choice, command: Command) => {
        const machine = await inspectMachine(choose(command.optsWithGlobals<Choice>()), process.env);
        const findings = checkEnvironment(machine);
        context.print(context.json ? { findings } : findings, () => renderFindings(findings));
        return findings.length === 0 ? exitCode.ok : exitCode.findings;
      }),
    );
}

function registerRun(env: Command): void {
  addChoice(env.command('run'))
    .description('run a command in the environment, with nothing else inherited that Go reads')
    .argument('<command...>', 'after --: the command and its arguments')
    .option('--keep <name...>', 'variables that Go reads and that shall be inherited: GOOS, GOARCH, CC …')
    .action(
      action(async (_context, [program = '', ...argv]: string[], _options: RunOptions, command: Command) => {
        const options = command.optsWithGlobals<RunOptions>();
        const plan = await makePlan(choose(options), process.env);
        await makeDirectories(plan);
        return runAttached({ program, argv, env: environmentFor(plan, options.keep ?? []) });
      }),
    );
}

/** Adds `gofleet env` with `check` and `run`. */
export function register(program: Command): void {
  const env = addChoice(program.command('env'))
    .description('the variables of a build with a Go release: where things are, and why')
    .addOption(new Option('--shell [shell]', 'lines for eval: eval "$(gofleet env --shell)"').choices(shells))
    .option('--github', 'lines for GitHub Actions: gofleet env --scenario ci --github >> "$GITHUB_ENV"')
    .action(
      action(async (context, options: PrintOptions) => {
        if (options.shell !== undefined && options.github) {
          throw new GofleetError('cli.usage', 'env: expected one of --shell and --github, found both');
        }
        const plan = await makePlan(choose(options), process.env);
        const isForUse = options.shell !== undefined || options.github === true;
        if (isForUse) await makeDirectories(plan);
        if (options.github) process.stdout.write(`${renderGithub(plan.variables)}\n`);
        else if (options.shell !== undefined) {
          process.stdout.write(`${renderShell(plan.variables, shellOf(options.shell))}\n`);
        } else {
          const text = context.json ? '' : await renderPlan(plan);
          context.print(context.json ? planToJson(plan) : plan, () => text);
        }
        return undefined;
      }),
    );
  registerCheck(env);
  registerRun(env);
}
