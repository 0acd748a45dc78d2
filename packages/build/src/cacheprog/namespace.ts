import { GofleetError } from '@gofleet/base/errors';

/** An environment whose builds share objects: `prod`, `dev`, `team-a`. */
export type Namespace = string & { readonly namespace: unique symbol };

const form = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * A namespace from its name.
 * @throws `build.malformed-namespace`
 */
export function parseNamespace(text: string): Namespace {
  if (form.test(text)) return text as Namespace;
  throw new GofleetError(
    'build.malformed-namespace',
    `a namespace has up to 63 lower-case letters, digits and inner dashes, found "${text.slice(0, 80)}"`,
  );
}
