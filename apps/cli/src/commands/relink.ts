import { constants } from 'node:fs';
import { chmod, copyFile, rename, rm } from 'node:fs/promises';
import { GofleetError, toGofleetError } from '@gofleet/base/errors';
import { exitCode } from '@gofleet/base/exit-code';
import { parseGoConstraint } from '@gofleet/base/go-constraint';
import { renderBytes } from '@gofleet/base/units';
import type { Godebug, ReproductionGrade, SettingChange } from '@gofleet/build/relink';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type ActionResult, action, type Context } from '../context.ts';
import { attestationPath } from '../relink/attestation-path.ts';
import { addLimitOptions, type LimitOptions, limitsOf } from '../relink/limit-options.ts';
import { openAttestor } from '../relink/open-attestor.ts';
import { type AttestedRelink, relinkFile } from '../relink/relink-file.ts';
import type { RelinkedImage } from '../relink/relink-image.ts';
import { renderProof, reproductionGrades } from '../relink/render-proof.ts';
import { addSourceOptions, choicesOf, type SourceOptions } from '../relink/source-options.ts';

interface Options extends SourceOptions, LimitOptions {
  readonly go: string;
  readonly output?: string;
  readonly signKey?: string;
  readonly minimumGrade: ReproductionGrade;
  readonly godebug: Godebug;
  readonly push?: string | true;
  readonly oci?: string;
  readonly platform?: string;
  readonly plainHttp?: boolean;
}

/** The new Go keeps these behaviours of older ones, since the module's go.mod names an older language version. */
function renderGodebug({ from = '', to = '' }: SettingChange): string {
  const count = (list: string): number => list.split(',').filter(Boolean).length;
  return `DefaultGODEBUG: ${count(to)} settings keep older behaviour, ${count(from)} in the original`;
}

function render({ original, reproduction, artefact, attestation }: AttestedRelink): string {
  const godebug = artefact.changes.find(({ setting }) => setting === 'DefaultGODEBUG');
  return [
    ...renderProof({ original, reproduction }),
    `artefact   ${artefact.goVersion}  ${renderBytes(artefact.sizeBytes)}  sha256:${artefact.sha256}`,
    ...(godebug ? [`           ${renderGodebug(godebug)}`] : []),
    `           ${artefact.path}`,
    `signed     by key ${attestation.keyId.slice(0, 16)}  ${attestation.path}`,
  ].join('\n');
}

function renderImage({ image, digest, programs, failures, published }: RelinkedImage): string {
  return [
    `image      ${image}${digest === undefined ? '' : `  ${digest}`}`,
    ...programs.flatMap((program) => ['', `program    ${program.path}`, render(program)]),
    ...failures.map(({ path, error }) => `\nfailed     ${path}\n           ${error.message} (${error.code})`),
    ...(published ? ['', `published  ${published.place}@${published.digest}`] : []),
  ].join('\n');
}

/** Puts a copy at a path in one step, so that nobody sees half of it and a running file can be replaced. */
async function writeOutput(source: string, output: string, mode: number): Promise<void> {
  const temporary = `${output}.gofleet-${process.pid}`;
  try {
    await copyFile(source, temporary, constants.COPYFILE_FICLONE);
    await chmod(temporary, mode);
    await rename(temporary, output);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new GofleetError('cli.cannot-write', `${output}: cannot be written: ${(cause as Error).message}`, {
      facts: { path: output },
      cause,
    });
  }
}

function checkConstraint(text: string): string {
  try {
    parseGoConstraint(text);
    return text;
  } catch (thrown) {
    throw new InvalidArgumentError(toGofleetError(thrown).message);
  }
}

async function relinkProgram(context: Context, path: string, options: Options): Promise<ActionResult> {
  const { go, output, minimumGrade, godebug, push, oci } = options;
  if (push !== undefined || oci !== undefined) {
    throw new GofleetError('cli.usage', '--push and --oci publish the programs of an image: name no program');
  }
  // First: a key that does not sign is no reason to find out after a build.
  const attestor = await openAttestor(options.signKey);
  const choices = await choicesOf(options, path);
  const limits = limitsOf(options);
  const result = await relinkFile({ path, go, minimumGrade, godebug, attestor, limits, ...choices }, context);
  if (output !== undefined) {
    await writeOutput(result.artefact.path, output, 0o755);
    await writeOutput(result.attestation.path, attestationPath(output), 0o644);
  }
  context.print(result, render);
  return undefined;
}

async function relinkAll(context: Context, image: string, options: Options): Promise<ActionResult> {
  const { go, minimumGrade, godebug, cgo = false, push, oci, plainHttp = false } = options;
  if (options.output !== undefined || options.source !== undefined) {
    throw new GofleetError('cli.usage', '--output and --source are for a single program: name it');
  }
  const { signal } = context;
  // Registries take a while to load, which a single program does not need.
  const [{ relinkImage }, { ownPlatform, registryAccess }] = await Promise.all([
    import('../relink/relink-image.ts'),
    import('../registry-access.ts'),
  ]);
  const result = await relinkImage(
    {
      ...{ image, go, minimumGrade, godebug, cgo, plainHttp, signal, limits: limitsOf(options) },
      ...{ platform: options.platform ?? ownPlatform(), access: registryAccess(plainHttp, signal) },
      attestor: await openAttestor(options.signKey),
      ...(push === undefined ? {} : { push }),
      ...(oci === undefined ? {} : { oci }),
    },
    context,
  );
  context.print(result, renderImage);
  return result.failures.length === 0 ? exitCode.ok : exitCode.findings;
}

function addPublishOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--push [repository]',
        "push what was made of an image, as an artefact that refers to it (default: to the image's own repository)",
      ).conflicts('oci'),
    )
    .option('--oci <dir>', 'write what was made of an image to an OCI layout')
    .option('--platform <os/arch>', "of an image for several (default: linux on this machine's processor)")
    .option('--plain-http', 'talk to registries without TLS');
}

/** Adds `gofleet relink`. */
export function register(program: Command): void {
  const command = program
    .command('relink')
    .description(
      'rebuild a program from its own build info with another Go release, after proving that it can be; with --image alone every Go program of an image, ends with 1 when one could not be',
    )
    .argument('[binary]', 'a Go program')
    .requiredOption(
      '--go <version>',
      'the release that it shall have: 1.26.8, 1.26, or ">=1.25.3 <1.27"',
      checkConstraint,
    )
    .option('-o, --output <file>', 'copy the new program there, and its attestation beside it')
    .option(
      '--sign-key <file>',
      'private key (PEM: ed25519, or ECDSA on P-256) that signs the attestation (default: your own, made when there is none)',
    )
    .addOption(
      new Option('--minimum-grade <grade>', 'the least evidence that the original was reproduced')
        .choices(reproductionGrades)
        .default('compiled-equal'),
    )
    .addOption(
      new Option(
        '--godebug <behaviours>',
        "behaviours of the main module's Go version, or of the new release",
      )
        .choices(['keep', 'new'])
        .default('keep'),
    );
  addPublishOptions(addLimitOptions(addSourceOptions(command))).action(
    action(async (context, path: string | undefined, options: Options) => {
      if (path !== undefined) return relinkProgram(context, path, options);
      if (options.image !== undefined) return relinkAll(context, options.image, options);
      throw new GofleetError('cli.usage', 'relink: expected a program or --image, found neither');
    }),
  );
}
