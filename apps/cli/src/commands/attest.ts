import { exitCode } from '@gofleet/base/exit-code';
import type { Command } from 'commander';
import { action } from '../context.ts';
import { type Verification, verifyAttestation } from '../relink/verify-attestation.ts';

interface Options {
  readonly attestation?: string;
  readonly key?: string;
}

function render({ path, keyId, attestation, findings, statement }: Verification): string {
  if (!statement) {
    return findings
      .map(({ message, hint }) => `${path}: ${message}${hint === undefined ? '' : `\n  next: ${hint}`}`)
      .join('\n');
  }
  const { buildDefinition, runDetails } = statement.predicate;
  const { goVersion, source } = buildDefinition.externalParameters;
  const modules = buildDefinition.resolvedDependencies.length - 1;
  const proof = runDetails.byproducts.find(({ name }) => name === 'proof')?.annotations;
  return [
    `verified   ${path}`,
    `signed     by key ${keyId.slice(0, 16)}  ${attestation}`,
    `built      with ${goVersion}, ${modules} modules${source === undefined ? '' : `, from ${source}`}`,
    `original   sha256:${buildDefinition.resolvedDependencies[0]?.digest?.sha256}`,
    `proof      ${proof?.grade}`,
  ].join('\n');
}

/** Adds `gofleet attest`. */
export function register(program: Command): void {
  const attest = program.command('attest').description('signed provenance of relinked programs');
  attest
    .command('verify')
    .description('check that the attestation of a program is signed by a key, and is about this program')
    .argument('<program>', 'a relinked program')
    .option('--attestation <file>', 'its attestation (default: PROGRAM.intoto.json, then the store)')
    .option('--key <file>', 'public key (PEM) of who built it (default: your own)')
    .action(
      action(async (context, path: string, options: Options) => {
        const verification = await verifyAttestation({ path, ...options }, context);
        context.print(verification, render);
        return verification.verified ? exitCode.ok : exitCode.findings;
      }),
    );
}
