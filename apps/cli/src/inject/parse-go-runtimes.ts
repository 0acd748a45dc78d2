import { GofleetError } from '@gofleet/base/errors';
import { renderCustomResourceDefinition } from '@gofleet/inject/custom-resource-definition';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { goRuntimeApi } from '@gofleet/inject/in-cluster';
import { Ajv, type ErrorObject } from 'ajv';
import { declareFrom } from './declare-from.ts';

const { group, version, kind } = goRuntimeApi;

interface Definition {
  readonly spec: { readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: object } }[] };
}

function createValidator() {
  const definition = renderCustomResourceDefinition() as unknown as Definition;
  const ajv = new Ajv({ strict: false, useDefaults: true, validateFormats: false });
  return ajv.compile(definition.spec.versions[0]?.schema.openAPIV3Schema ?? {});
}

/** Checks as an API server with gofleet's CRD would, and fills in its defaults; compiled once. */
let validate: ReturnType<typeof createValidator> | undefined;

function malformed(name: string, source: string, error: ErrorObject | undefined): GofleetError {
  const { instancePath = '', message = 'has another shape' } = error ?? {};
  const field = instancePath.slice(1).replaceAll('/', '.');
  return new GofleetError(
    'inject.malformed-go-runtime',
    `${source}: GoRuntime ${name}: ${field === '' ? '' : `${field} `}${message}`,
    {
      facts: { file: source, runtime: name, field },
      hint: 'see "kubectl explain goruntime", or what "gofleet install --print" has for it',
    },
  );
}

/** Of what is wrong with a wish the first, or what it lacks for its mode. */
function decisiveError(errors: readonly ErrorObject[] | null | undefined): ErrorObject | undefined {
  const lacking = errors?.find(
    ({ keyword, instancePath }) => keyword === 'anyOf' && instancePath === '/spec',
  );
  return lacking ? { ...lacking, message: 'must have runtime, or libgo in mode libgo' } : errors?.[0];
}

function isGoRuntime(value: unknown): value is GoRuntime {
  const { apiVersion, kind: found } = (value ?? {}) as Partial<GoRuntime>;
  return typeof apiVersion === 'string' && apiVersion.startsWith(`${group}/`) && found === kind;
}

/** The objects of a document: its own, or the entries of a list. */
function objectsOf(value: unknown): readonly unknown[] {
  const { kind: found, items } = (value ?? {}) as { kind?: unknown; items?: unknown };
  return typeof found === 'string' && found.endsWith('List') && Array.isArray(items)
    ? items.flatMap((item) =>
        objectsOf(found === `${kind}List` ? { apiVersion: `${group}/${version}`, kind, ...item } : item),
      )
    : [value];
}

/**
 * The GoRuntimes among manifests, with the CRD's defaults; those without a namespace are in the given one. Versions are read from the
 * custom resources that are among them too.
 * @throws `inject.malformed-go-runtime` naming file, object and field
 */
export function parseGoRuntimes(
  documents: readonly { readonly source: string; readonly value: unknown }[],
  namespace: string,
): readonly GoRuntime[] {
  validate ??= createValidator();
  const objects = documents.flatMap(({ value }) => objectsOf(value));
  const isValid = validate;
  return documents.flatMap(({ source, value }) =>
    objectsOf(value)
      .filter(isGoRuntime)
      .map((found) => {
        const runtime = structuredClone(found);
        const name = runtime.metadata?.name;
        if (typeof name !== 'string')
          throw malformed('without a name', source, {
            instancePath: '/metadata/name',
            message: 'is missing',
          } as ErrorObject);
        if (!isValid(runtime)) throw malformed(name, source, decisiveError(isValid.errors));
        const metadata = { ...runtime.metadata, namespace: runtime.metadata.namespace ?? namespace };
        return declareFrom({ ...runtime, metadata }, objects, namespace);
      }),
  );
}
