import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { exitCode } from '@gofleet/base/exit-code';
import type { Finding } from '@gofleet/base/finding';
import { explainDirectory } from '@gofleet/declare/explain-directory';
import { explainTree } from '@gofleet/declare/explain-tree';
import { declarationFiles } from '@gofleet/filesystem/declaration-files';
import { walkDeclarationTree } from '@gofleet/filesystem/declaration-tree';
import { findGoInPath } from '@gofleet/filesystem/go-in-path';
import type { Command } from 'commander';
import { action } from '../context.ts';
import { renderTree } from '../why/render-tree.ts';
import { renderWhy } from '../why/render-why.ts';
import { workingDirectory } from '../why/working-directory.ts';

/** @throws `cli.no-directory` */
function requireDirectory(given: string | undefined): string {
  const directory = resolve(workingDirectory(process.env), given ?? '.');
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return directory;
  const hint = 'name a directory that exists';
  throw new GofleetError('cli.no-directory', `${directory}: no such directory`, {
    facts: { directory },
    hint,
  });
}

function exitCodeFor(findings: readonly Finding[]): number {
  return findings.some(({ severity }) => severity !== 'info') ? exitCode.findings : exitCode.ok;
}

/** Adds `gofleet why`. */
export function register(program: Command): void {
  program
    .command('why')
    .description(
      'say which Go the go command of a directory is, the line that decides, and what else asks for another; exit code 1 when they disagree',
    )
    .argument('[dir]', 'the directory; the current one when absent')
    .option('--all', 'every module and workspace below the directory')
    .action(
      action(async (context, given: string | undefined, { all = false }: { all?: boolean }) => {
        const directory = requireDirectory(given);
        const { env, platform } = process;
        const input = { env, platform, localGo: findGoInPath(env.PATH ?? '') };
        if (all) {
          const explanation = explainTree(input, walkDeclarationTree(directory));
          context.print({ directory, ...explanation }, () => renderTree(directory, explanation));
          return exitCodeFor(explanation.findings);
        }
        const resolution = explainDirectory({ ...input, directory }, declarationFiles);
        context.print(resolution, renderWhy);
        return exitCodeFor(resolution.findings);
      }),
    );
}
