import { isGofleetError } from '@gofleet/base/errors';
import { parseGoConstraint } from '@gofleet/base/go-constraint';
import { parseFieldPath, readField } from '@gofleet/declare/field-path';
import type { GoRuntime, VersionSource } from '../go-runtime.ts';
import type { Declaration } from '../runtime-status.ts';
import { isChannel } from './go-channel.ts';
import { digestPattern } from './pinned-release.ts';
import { sourceOf } from './wished-version.ts';

/** What there is to see where a version is to be read. */
export type Sight =
  | { readonly state: 'found'; readonly object: unknown }
  /** Its kind is served, and there is no such object. */
  | { readonly state: 'absent' }
  | { readonly state: 'not-served' }
  /** `resource`: `rabbitmqclusters.rabbitmq.com`. */
  | { readonly state: 'forbidden'; readonly resource: string }
  | { readonly state: 'unreachable'; readonly message: string }
  /** So many objects are watched already. */
  | { readonly state: 'too-many'; readonly limit: number }
  /** Not looked at yet. */
  | { readonly state: 'pending' };

/** A ClusterRole with this label, set to `"true"`, is part of what the controller may read. */
export const readsLabel = 'gofleet.dev/aggregate-to-controller';

type Problem = NonNullable<Declaration['problem']>;
type Read = { readonly goVersion: string; readonly digest?: string } | { readonly problem: Problem };

const maxLength = 120;

/** The reasons that mean "not known", as against "known to be wrong". */
export const undecidedReasons: ReadonlySet<string> = new Set(['Reading', 'Unreachable']);

/** The namespace counts in the text, since nothing tells here whether the kind has one. */
function objectOf(source: VersionSource, namespace: string): string {
  if (isChannel(source)) return `${source.kind} ${source.name}`;
  return `${source.kind} ${source.namespace ?? namespace}/${source.name}`;
}

/** Where a wish's version is read, for people: `RabbitmqCluster shop/queue .spec.runtime.goVersion`. */
export function renderSource(source: VersionSource, namespace: string): string {
  return `${objectOf(source, namespace)} ${source.fieldPath}`;
}

const problem = (reason: string, message: string): Read => ({ problem: { reason, message } });

/** What the field holds is never repeated: whoever reads a GoRuntime need not be allowed to read the object. */
function readVersion(object: unknown, fieldPath: string, where: string): Read {
  const value = readField(object, parseFieldPath(fieldPath));
  if (value === undefined || value === null) return problem('FieldNotFound', `${where} is not set`);
  if (typeof value !== 'string') return problem('FieldNotText', `${where} is ${kindOf(value)}, not a text`);
  const isBounded = value.length <= maxLength && !/[\n\r\t]/.test(value);
  try {
    if (isBounded && parseGoConstraint(value).length > 0) return { goVersion: value };
  } catch (thrown) {
    if (!isGofleetError(thrown)) throw thrown;
  }
  return problem(
    'MalformedVersion',
    `${where} is no Go version or comparison (${value.length} characters); write 1.26.8, 1.26 or ">=1.25.3 <1.27"`,
  );
}

/** A channel may pin its release; one whose pin cannot be read says nothing at all. */
function withDigest(version: Read, channel: unknown, what: string): Read {
  const digest = readField(channel, parseFieldPath('.spec.digest'));
  if ('problem' in version || digest === undefined || digest === null) return version;
  if (typeof digest === 'string' && new RegExp(digestPattern).test(digest)) return { ...version, digest };
  return problem(
    'MalformedDigest',
    `${what} .spec.digest is no h1: hash: 44 characters of base64 behind "h1:"`,
  );
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'a list' : `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
}

function forbidden(resource: string): Read {
  const [plural, ...group] = resource.split('.');
  return problem(
    'Forbidden',
    `gofleet may not read ${resource}: bind a ClusterRole with the label ${readsLabel}: "true" and the rule apiGroups [${group.join('.')}], resources [${plural}], verbs [get, list, watch]`,
  );
}

function read(sight: Sight, source: VersionSource, namespace: string): Read {
  const object = objectOf(source, namespace);
  const where = renderSource(source, namespace);
  switch (sight.state) {
    case 'found': {
      const version = readVersion(sight.object, source.fieldPath, where);
      return isChannel(source) ? withDigest(version, sight.object, object) : version;
    }
    case 'absent':
      return problem('ObjectNotFound', `there is no ${object}`);
    case 'not-served':
      return problem('KindNotServed', `the API server serves no ${source.kind} of ${source.apiVersion}`);
    case 'forbidden':
      return forbidden(sight.resource);
    case 'unreachable':
      return problem('Unreachable', `${object} cannot be read: ${sight.message.slice(0, 300)}`);
    case 'too-many':
      return problem(
        'TooManySources',
        `${object} is not read: ${sight.limit} objects are watched already, the most for one controller`,
      );
    case 'pending':
      return problem('Reading', `${object} is being read`);
  }
}

function readSafely(sight: Sight, source: VersionSource, namespace: string): Read {
  try {
    parseFieldPath(source.fieldPath);
    return read(sight, source, namespace);
  } catch (thrown) {
    if (!isGofleetError(thrown)) throw thrown;
    return problem('MalformedFieldPath', thrown.message);
  }
}

const both: Problem = {
  reason: 'GoVersionAndFrom',
  message: 'spec.runtime has goVersion and from: nobody can tell which one counts; remove one of them',
};

/**
 * What a GoRuntime's version is, from what there is to see at its source; `undefined` when the spec says nothing. A version that was
 * read stays in force when it cannot be read any more: what runs is not undone because an object went.
 */
export function declareVersion(runtime: GoRuntime, sight: Sight): Declaration | undefined {
  const { goVersion } = runtime.spec.runtime ?? {};
  const from = sourceOf(runtime);
  if (from === undefined) return goVersion === undefined ? undefined : { goVersion };
  const { namespace } = runtime.metadata;
  const known = runtime.status?.declaration;
  const where = renderSource(from, namespace);
  // After a restart of the controller, what was said stays said until the object has been seen.
  if (sight.state === 'pending' && known?.from === where) return known;
  const found = goVersion === undefined ? readSafely(sight, from, namespace) : { problem: both };
  if (!('problem' in found)) return { from: where, ...found };
  const { goVersion: last, digest } = known ?? {};
  const kept = last === undefined ? {} : { goVersion: last, ...(digest === undefined ? {} : { digest }) };
  return { from: where, ...kept, ...found };
}

/** The GoRuntime with its declaration as it is now. */
export function withDeclaration<T extends GoRuntime>(runtime: T, sight: Sight): T {
  const { declaration: _, ...status } = runtime.status ?? {};
  const declaration = declareVersion(runtime, sight);
  return { ...runtime, status: { ...status, ...(declaration === undefined ? {} : { declaration }) } };
}
