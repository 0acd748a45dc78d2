/** What was looked at when something failed: paths, offsets, versions. Never a secret. */
export type Facts = Readonly<Record<string, string | number | boolean | undefined>>;

/** Whether trying the same thing again can help. */
export type Retry = 'never' | 'later';

/** The parts of an error besides its message. */
export interface ErrorParts {
  readonly facts?: Facts;
  readonly retry?: Retry;
  /** One line: what to do next. */
  readonly hint?: string;
  readonly cause?: unknown;
}

const brand = Symbol.for('gofleet.error');

/**
 * The one error of the product. Its code is `chapter.what` and is part of the API; its message is lower case: subject,
 * what was expected, what was found.
 */
export class GofleetError extends Error {
  readonly code: string;
  readonly facts: Facts;
  readonly retry: Retry;
  readonly hint: string | undefined;
  readonly [brand] = true;

  constructor(code: string, message: string, parts: ErrorParts = {}) {
    super(message, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = 'GofleetError';
    this.code = code;
    this.facts = parts.facts ?? {};
    this.retry = parts.retry ?? 'never';
    this.hint = parts.hint;
  }
}

/** Whether a thrown value is a GofleetError; by brand, since two copies of a package break `instanceof`. */
export function isGofleetError(value: unknown): value is GofleetError {
  return typeof value === 'object' && value !== null && brand in value;
}

/** The value itself when it is ours, else a `base.bug` error that keeps it as the cause. For app boundaries only. */
export function toGofleetError(value: unknown): GofleetError {
  if (isGofleetError(value)) return value;
  const message = value instanceof Error ? value.message : String(value);
  return new GofleetError('base.bug', message, { cause: value });
}

/** An error as plain data for `--json` output and logs. */
export function errorToJson(error: GofleetError): Record<string, unknown> {
  const { code, message, facts, retry, hint } = error;
  return { code, message, facts, retry, ...(hint === undefined ? {} : { hint }) };
}
