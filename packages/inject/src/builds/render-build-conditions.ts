import { reachesGrade } from '@gofleet/build/grade';
import type { Condition } from '../runtime-status.ts';
import type { GoBuild, GoBuildStatus } from './go-build.ts';

type Draft = Pick<Condition, 'status' | 'reason' | 'message'>;

/** What is told of a finished build by those who bring its artefact on. */
export type ToldConditions = Readonly<Partial<Record<'Attested' | 'Published', Draft>>>;

const maxMessage = 1000;

/** `build.compile-failed` → `CompileFailed`. */
export function reasonOf(code: string): string {
  const words = (code.split('.').at(-1) ?? '').split(/[^a-zA-Z0-9]+/).filter(Boolean);
  return words.map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`).join('') || 'Failed';
}

function draftReady({ phase, message = '', code, artefact }: GoBuildStatus): Draft {
  if (phase === 'Ready') return { status: 'True', reason: 'Built', message: `artefact ${artefact?.sha256}` };
  if (phase === 'Failed') return { status: 'False', reason: reasonOf(code ?? ''), message };
  return { status: 'Unknown', reason: code === undefined ? phase : 'WillRetry', message };
}

/** Policy: whether the original was reproduced as well as one of the wishes asks for. */
function draftReproduced({ spec }: GoBuild, { grade, reproduction }: GoBuildStatus): Draft | undefined {
  if (grade === undefined) return undefined;
  const differences = (reproduction?.differences ?? []).map(({ cause }) => cause).join(', ');
  const told = differences === '' ? grade : `${grade}; differs in: ${differences}`;
  return reachesGrade(grade, spec.minimumGrade)
    ? { status: 'True', reason: reasonOf(grade), message: told }
    : {
        status: 'False',
        reason: 'GradeTooLow',
        message: `${told}; the least accepted is ${spec.minimumGrade}`,
      };
}

/** Signed, or the last reason why not. */
function draftAttested({ attestation, conditions }: GoBuildStatus, told?: Draft): Draft | undefined {
  if (attestation) return { status: 'True', reason: 'Signed', message: `by key ${attestation.keyId}` };
  return told ?? conditions?.find(({ type, status }) => type === 'Attested' && status === 'False');
}

/**
 * The conditions `Ready`, `Reproduced`, `Attested` and `Published` of a build by the Kubernetes conventions; what is not told of publishing stays.
 * @see https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md "Typical status properties"
 */
export function renderBuildConditions(
  build: GoBuild,
  status: GoBuildStatus,
  now: Date,
  told: ToldConditions = {},
): readonly Condition[] {
  const before = status.conditions ?? [];
  const drafts: Readonly<Record<string, Draft | undefined>> = {
    Ready: draftReady(status),
    Reproduced: draftReproduced(build, status),
    Attested: draftAttested(status, told.Attested),
    Published: told.Published ?? before.find(({ type }) => type === 'Published'),
  };
  const { generation } = build.metadata;
  return Object.entries(drafts).flatMap(([type, draft]) => {
    if (!draft) return [];
    const known = before.find((condition) => condition.type === type);
    const { status: is, reason, message } = draft;
    return {
      ...{ type, status: is, reason, message: message.slice(0, maxMessage) },
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      lastTransitionTime: known?.status === is ? known.lastTransitionTime : now.toISOString(),
    };
  });
}
