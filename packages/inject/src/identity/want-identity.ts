import type { Choice } from '../admission/choose-artefact.ts';
import type { EnvironmentVariable, PodContainer } from '../admission/pod.ts';
import type { GoRuntime } from '../go-runtime.ts';
import { type Injection, isMounted } from '../injection.ts';
import { fingerprintOf } from './artefact-identity.ts';
import { type IdentityVariables, identityVariables } from './identity-spec.ts';

/** The variables of a container that an earlier admission told its program who it is by, as far as the pod's annotation lists them. */
export function ourIdentity(
  { name: container, env = [] }: PodContainer,
  noted: readonly Injection[],
): readonly EnvironmentVariable[] {
  const ours = noted.filter(isMounted).filter((each) => each.container === container);
  return env.filter(({ name, value }) => {
    // An annotation is what anybody writes: it never makes another variable ours.
    const variable = identityVariables.find((each) => each === name);
    return (
      variable !== undefined &&
      value !== undefined &&
      ours.some(({ environment }) => environment?.[variable] === value)
    );
  });
}

/** What a container's program is told of itself, and what is left out and why. */
export interface IdentityWant {
  readonly environment?: IdentityVariables;
  readonly notes: readonly string[];
}

/** What a wish has the program in a container told of itself, when these artefacts are mounted in it. */
export function wantIdentity(
  container: PodContainer,
  { spec }: GoRuntime,
  { mounted, noted }: { readonly mounted: readonly Choice[]; readonly noted: readonly Injection[] },
): IdentityWant {
  const [choice, another] = mounted;
  if (spec.identity?.environment !== true || !choice) return { notes: [] };
  const names = identityVariables.join(' and ');
  if (another)
    return {
      notes: [`${names}: ${mounted.length} programs are mounted, and the container has one environment`],
    };
  const ours = new Set(ourIdentity(container, noted));
  const authored = (container.env ?? []).filter((each) => !ours.has(each)).map(({ name }) => name);
  const values: Record<(typeof identityVariables)[number], string | undefined> = {
    GOFLEET_BUILD_ID: choice.buildId,
    GOFLEET_FINGERPRINT: fingerprintOf(choice.binary),
  };
  const isAuthored = (name: string): boolean => authored.includes(name);
  const told = identityVariables.filter((name) => values[name] !== undefined && !isAuthored(name));
  const notes = identityVariables.flatMap((name) => {
    if (isAuthored(name)) return [`${name}: the pod's author set it, and that value stays`];
    return values[name] === undefined ? [`${name}: not known of the artefact that is mounted`] : [];
  });
  if (told.length === 0) return { notes };
  return { environment: Object.fromEntries(told.map((name) => [name, values[name]])), notes };
}
