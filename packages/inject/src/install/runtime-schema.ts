import { object, type Schema, text } from './schema.ts';
import { constraintText } from './toolchain-schema.ts';

const dnsName = { minLength: 1, maxLength: 253, pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' };

const from: Schema = {
  description: 'The Go version as a field of a custom resource says it.',
  ...object(
    {
      apiVersion: text('Group and version of a custom resource: rabbitmq.com/v1beta1.', {
        maxLength: 300,
        pattern:
          '^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)+/v[0-9]+((alpha|beta)[0-9]+)?$',
      }),
      kind: text(undefined, { maxLength: 63, pattern: '^[A-Za-z][A-Za-z0-9]*$' }),
      name: text(undefined, dnsName),
      namespace: text('The namespace of the GoRuntime when absent.', {
        maxLength: 63,
        pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
      }),
      fieldPath: text(".spec.runtime.goVersion, .metadata.annotations['example.com/go'], .spec.versions[0]", {
        minLength: 1,
        maxLength: 512,
      }),
    },
    ['apiVersion', 'kind', 'name', 'fieldPath'],
  ),
};

/** A version or a constraint. */
export function versionField(description: string): Schema {
  return text(description, constraintText);
}

/** The schema of `spec.runtime`: a version, or where it is read. */
export const runtimeSchema: Schema = {
  description: 'The Go version: goVersion, from or channel.',
  ...object({
    goVersion: versionField(
      'A release or a constraint: 1.26.8, 1.26, ">=1.25.3 <1.27". In mode godebug, the release whose defaults the programs shall have, or which programs are meant.',
    ),
    from,
    channel: text('Name of a GoChannel: stable, canary.', dnsName),
  }),
  oneOf: [{ required: ['goVersion'] }, { required: ['from'] }, { required: ['channel'] }],
};
