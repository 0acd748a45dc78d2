import { isQualifiedName } from '../match-selector.ts';
import { parseQuantity } from '../parse-quantity.ts';
import type { SandboxSpec } from './sandbox-spec.ts';

type Resources = NonNullable<SandboxSpec['resources']>;

const usual: readonly string[] = ['cpu', 'memory', 'ephemeral-storage'];
const longestName = 244;

/** Resources of Kubernetes itself: parts of them can be had, and less than the limit may be requested. */
const isNative = (name: string): boolean => usual.includes(name) || name.includes('kubernetes.io/');

/** Extended resources have a domain, which quotas write `requests.` before. */
function isExtended(name: string): boolean {
  const isOfDomain = name.includes('/') && !name.startsWith('requests.');
  return isOfDomain && name.length <= longestName && isQualifiedName(name);
}

function againstValue(name: string, text: string): string | undefined {
  const isKnown = usual.includes(name) || isExtended(name);
  if (!isKnown) return 'a container has no such resource';
  const value = parseQuantity(text);
  if (value === undefined || value < 0) return `"${text}" is no quantity, as 500m, 2 or 4Gi`;
  return isNative(name) || Number.isInteger(value) ? undefined : `${text} is no whole number`;
}

function againstRequest(name: string, text: string, limit: string | undefined): string | undefined {
  const [value = 0, most] = [parseQuantity(text), limit === undefined ? undefined : parseQuantity(limit)];
  if (!isNative(name) && value !== most) return `${text} is not the limit, and of this resource it has to be`;
  return most !== undefined && value > most ? `${text} is above the limit ${limit}` : undefined;
}

/**
 * Why the API server would refuse a container with these resources; names the field below `resources`.
 * @see Kubernetes pkg/apis/core/validation/validation.go ValidateResourceRequirements (1.36)
 */
export function againstResources({ limits = {}, requests = {} }: Resources): string | undefined {
  const problems = [
    ...Object.entries(limits).map(([name, text]) => [`limits.${name}`, againstValue(name, text)]),
    ...Object.entries(requests).map(([name, text]) => [
      `requests.${name}`,
      againstValue(name, text) ?? againstRequest(name, text, limits[name]),
    ]),
  ];
  const [field, problem] = problems.find(([, each]) => each !== undefined) ?? [];
  return problem && `${field}: ${problem}`;
}
