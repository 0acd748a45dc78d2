import type { BinaryFacts, GoModule } from '@gofleet/identify/binary-facts';
import type { RelinkResult } from '../relink-result.ts';

/** Something that has a digest. @see in-toto attestation framework, resource_descriptor.md (v1) */
export interface ResourceDescriptor {
  readonly name?: string;
  readonly uri?: string;
  readonly digest?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, unknown>>;
}

/** An in-toto statement with SLSA provenance. @see https://in-toto.io/Statement/v1, https://slsa.dev/provenance/v1 */
export interface ProvenanceStatement {
  readonly _type: typeof statementType;
  readonly subject: readonly [ResourceDescriptor];
  readonly predicateType: typeof predicateType;
  readonly predicate: {
    readonly buildDefinition: {
      readonly buildType: string;
      readonly externalParameters: Readonly<Record<string, unknown>>;
      readonly internalParameters: Readonly<Record<string, unknown>>;
      readonly resolvedDependencies: readonly ResourceDescriptor[];
    };
    readonly runDetails: {
      readonly builder: {
        readonly id: string;
        readonly version: Readonly<Record<string, string>>;
        readonly builderDependencies: readonly ResourceDescriptor[];
      };
      readonly byproducts: readonly ResourceDescriptor[];
    };
  };
}

/** Who built, as `runDetails.builder` names it. */
export interface BuilderIdentity {
  readonly id: string;
  /** Of gofleet. */
  readonly version: string;
}

/** What a statement is made of. */
export interface ProvenanceParts {
  readonly result: RelinkResult;
  /** What the artefact says of itself: the modules that are really inside. */
  readonly artefact: BinaryFacts;
  /** The original's build info text. */
  readonly buildInfo: string;
  readonly builder: BuilderIdentity;
}

export const statementType = 'https://in-toto.io/Statement/v1';
export const predicateType = 'https://slsa.dev/provenance/v1';
/** Described in docs/attestation.md. */
export const buildType = 'https://gofleet.dev/relink/v1';

/** A module's `h1:` hash as in-toto writes it. @see in-toto attestation framework, digest_set.md "dirHash" */
function dirHashOf(sum: string | undefined): Readonly<Record<string, string>> | undefined {
  const base64 = /^h1:([A-Za-z0-9+/]{43}=)$/.exec(sum ?? '')?.[1];
  return base64 === undefined ? undefined : { dirHash: Buffer.from(base64, 'base64').toString('hex') };
}

function describeModule(module: GoModule, commit?: string): ResourceDescriptor {
  const { path, version, sum } = module.replace ?? module;
  const digest = dirHashOf(sum) ?? (commit === undefined ? undefined : { gitCommit: commit });
  const known = /^v\d/.test(version) ? `@${encodeURIComponent(version)}` : '';
  return {
    name: `${path}@${version}`,
    uri: `pkg:golang/${encodeURI(path)}${known}`,
    ...(digest === undefined ? {} : { digest }),
    ...(module.replace === undefined
      ? {}
      : { annotations: { replaces: `${module.path}@${module.version}` } }),
  };
}

function describeModules({ buildInfo }: BinaryFacts): ResourceDescriptor[] {
  if (!buildInfo) return [];
  const { main, deps, settings } = buildInfo;
  const commit = settings['vcs.revision'];
  return [
    ...(main === undefined ? [] : [describeModule(main, commit)]),
    ...deps.map((dep) => describeModule(dep)),
  ];
}

function describeToolchain({ recipe }: RelinkResult): ResourceDescriptor[] {
  if (!recipe) return [];
  const { goVersion, dirHash, tools } = recipe.toolchain;
  const whole = dirHash === undefined ? [] : [{ name: goVersion, digest: { dirHash } }];
  const parts = Object.entries(tools).map(([tool, sha256]) => ({
    name: `${goVersion} ${tool}`,
    digest: { sha256 },
  }));
  return [...whole, ...parts];
}

/** What the user decided, of the recipe. */
function externalOf({ original, artefact, recipe }: RelinkResult): Readonly<Record<string, unknown>> {
  const { source, godebug } = recipe ?? {};
  return {
    original: { sha256: original.sha256 },
    goVersion: artefact.goVersion,
    ...(source === undefined ? {} : { source }),
    ...(godebug === undefined ? {} : { godebug }),
  };
}

/** What followed from the original. */
function internalOf({ recipe }: RelinkResult): Readonly<Record<string, unknown>> {
  return recipe ? { argv: recipe.argv, env: recipe.env, linkFlags: recipe.linkFlags } : {};
}

/** How an artefact was made, from what, and how well its original could be reproduced. */
export function planProvenance(parts: ProvenanceParts): ProvenanceStatement {
  const { result, artefact: facts, buildInfo, builder } = parts;
  const { original, reproduction, artefact } = result;
  const { sha256, ...annotations } = original;
  return {
    _type: statementType,
    subject: [{ name: original.package, digest: { sha256: artefact.sha256 } }],
    predicateType,
    predicate: {
      buildDefinition: {
        buildType,
        externalParameters: externalOf(result),
        internalParameters: internalOf(result),
        resolvedDependencies: [
          { name: 'original', digest: { sha256 }, annotations: { ...annotations, buildInfo } },
          ...describeModules(facts),
        ],
      },
      runDetails: {
        builder: {
          id: builder.id,
          version: { gofleet: builder.version },
          builderDependencies: describeToolchain(result),
        },
        byproducts: [{ name: 'proof', annotations: { ...reproduction } }],
      },
    },
  };
}
