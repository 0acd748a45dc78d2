import { exitCode } from '@gofleet/base/exit-code';
import { inspectDynamic } from '@gofleet/filesystem/inspect-dynamic';
import { checkLibgo } from '@gofleet/verify/check-libgo';
import type { Command } from 'commander';
import { action } from '../context.ts';
import { renderFinding } from '../why/render-findings.ts';

/** Adds `gofleet libgo`. */
export function register(program: Command): void {
  program
    .command('libgo')
    .description(
      'whether a program that runs on a shared library of the Go runtime (libgo of gccgo, or -linkshared) can run on another one; ends with 1 when something stands against it',
    )
    .argument('<program>', 'the executable')
    .argument('<current>', 'the library that it runs on: libgo.so.21, libstd.so')
    .argument('<next>', 'the one that would take its place')
    .action(
      action(async (context, file: string, current: string, next: string) => {
        const replacement = {
          program: inspectDynamic(file),
          current: inspectDynamic(current),
          next: inspectDynamic(next),
        };
        const findings = checkLibgo(replacement);
        context.print({ program: file, current, next, findings }, () =>
          findings.length === 0
            ? `${next} fits: all that linker and runtime look at is there`
            : findings.map((finding) => renderFinding(finding)).join('\n'),
        );
        return findings.length === 0 ? exitCode.ok : exitCode.findings;
      }),
    );
}
