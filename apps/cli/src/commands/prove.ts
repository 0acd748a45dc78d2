import { exitCode } from '@gofleet/base/exit-code';
import type { Command } from 'commander';
import { action } from '../context.ts';
import { addLimitOptions, type LimitOptions, limitsOf } from '../relink/limit-options.ts';
import { proveFile } from '../relink/relink-file.ts';
import { renderProof } from '../relink/render-proof.ts';
import { addSourceOptions, choicesOf, type SourceOptions } from '../relink/source-options.ts';

/** Adds `gofleet prove`. */
export function register(program: Command): void {
  const command = program
    .command('prove')
    .description(
      'rebuild a program with its own Go release and tell whether it is the same, or why not; ends with 1 for claimed',
    )
    .argument('<binary>', 'a Go program');
  addLimitOptions(addSourceOptions(command)).action(
    action(async (context, path: string, options: SourceOptions & LimitOptions) => {
      const result = await proveFile(
        { path, limits: limitsOf(options), ...(await choicesOf(options, path)) },
        context,
      );
      context.print(result, (value) => renderProof(value).join('\n'));
      return result.reproduction.grade === 'claimed' ? exitCode.findings : exitCode.ok;
    }),
  );
}
