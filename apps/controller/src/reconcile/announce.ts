import type { GoRuntime } from '@gofleet/inject/go-runtime';
import type { Condition } from '@gofleet/inject/runtime-status';
import type { Event, RecordEvent } from '@gofleet/kube/events';

const bad: ReadonlySet<string> = new Set([
  'Unresolved',
  'ObjectNotFound',
  'FieldNotFound',
  'FieldNotText',
  'MalformedVersion',
  'MalformedFieldPath',
  'KindNotServed',
  'Forbidden',
  'GoVersionAndFrom',
  'TooManySources',
  'BuildFailed',
  'LibraryUnavailable',
  'LibraryDoesNotFit',
  'OutsideSkew',
  'EvidenceTooWeak',
  'NotEffective',
  'Ineffective',
  'WaveRegressed',
]);

function eventOf({ type, status, reason, message }: Condition): Event | undefined {
  if (bad.has(reason)) return { type: 'Warning', reason, message };
  return status === 'True'
    ? { type: 'Normal', reason: type === 'Ready' ? 'Verified' : type, message }
    : undefined;
}

/** Tells of conditions that became true, or went bad, between two versions of a GoRuntime. */
export async function announceConditions(
  before: GoRuntime,
  after: GoRuntime,
  record: RecordEvent,
): Promise<void> {
  for (const condition of after.status?.conditions ?? []) {
    const known = before.status?.conditions?.find(({ type }) => type === condition.type);
    if (known?.status === condition.status && known.reason === condition.reason) continue;
    const event = eventOf(condition);
    if (event) await record(after, event);
  }
}
