import { isSha256, type Sha256 } from '@gofleet/base/digest';
import { GofleetError } from '@gofleet/base/errors';
import { parseNamespace } from './namespace.ts';

/** What the holder of a token may do. */
export interface AccessRule {
  /** Of the token; the file of rules holds no secret. */
  readonly tokenSha256: Sha256;
  readonly read: readonly string[];
  /** May also read there. */
  readonly write: readonly string[];
}

function malformed(why: string): GofleetError {
  return new GofleetError('build.malformed-access', `rules of access: ${why}`, {
    hint: 'a line each: SHA256-OF-TOKEN read=prod write=dev',
  });
}

function parseRule(line: string, number: number): AccessRule {
  const [tokenSha256 = '', ...grants] = line.trim().split(/\s+/);
  if (!isSha256(tokenSha256)) throw malformed(`line ${number}: expected the sha256 of a token first`);
  const rule = { read: [] as string[], write: [] as string[] };
  for (const grant of grants) {
    const [right = '', names = ''] = grant.split('=', 2);
    if (right !== 'read' && right !== 'write') {
      throw malformed(`line ${number}: expected read= or write=, found "${grant.slice(0, 40)}"`);
    }
    rule[right].push(...names.split(',').map(parseNamespace));
  }
  return { tokenSha256, ...rule };
}

/**
 * Rules from text, a line each; `#` begins a comment.
 * @throws `build.malformed-access`, `build.malformed-namespace`
 */
export function parseAccessRules(text: string): AccessRule[] {
  return text
    .split('\n')
    .map((line, index) => ({ line: line.replace(/#.*/, ''), number: index + 1 }))
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, number }) => parseRule(line, number));
}

/** What somebody wants to do where. */
export interface AccessRequest {
  /** sha256 of the token that was shown; `undefined` when none was. */
  readonly tokenSha256: string | undefined;
  readonly right: 'read' | 'write';
  readonly namespace: string;
}

/** Whether rules allow a request; without rules everybody may do everything. */
export function isAllowed(rules: readonly AccessRule[] | undefined, request: AccessRequest): boolean {
  if (rules === undefined) return true;
  const { tokenSha256, right, namespace } = request;
  const own = rules.filter((rule) => rule.tokenSha256 === tokenSha256);
  return own.some(
    ({ read, write }) => write.includes(namespace) || (right === 'read' && read.includes(namespace)),
  );
}
