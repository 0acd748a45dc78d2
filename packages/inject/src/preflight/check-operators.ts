import type { Finding } from '@gofleet/base/finding';
import { binariesOf, targetOf } from '../admission/choose-artefact.ts';
import { claimContainers } from '../admission/claim-containers.ts';
import type { GoRuntime } from '../go-runtime.ts';
import { checkSkew, type Skew } from '../operators/check-skew.ts';
import { findOperator, renderOperator } from '../operators/find-operator.ts';
import type { ObservedBinary } from '../runtime-status.ts';
import type { CheckedObject, PreflightInput } from './preflight-input.ts';

const fixes: Readonly<Record<Skew['reason'], string>> = {
  GoTooOld: 'wish the release that it needs, or a newer one',
  GoUnsupported: 'wish one of the two newest minors of Go',
  ClusterSkew: "build the operator on a client-go that is one minor from the cluster's at most",
};

function checkBinary(
  runtime: GoRuntime,
  binary: ObservedBinary,
  clusterMinor: number | undefined,
): readonly Finding[] {
  const operator = findOperator(binary);
  if (!operator) return [];
  const target = runtime.spec.mode === 'godebug' ? binary.goVersion : (targetOf(runtime) ?? binary.goVersion);
  const built: Finding = {
    code: 'preflight.built-on',
    severity: 'info',
    message: `${binary.path} of ${binary.image} is built on ${renderOperator(operator)} with ${binary.goVersion}`,
    facts: { path: binary.path },
    hint: 'nothing to do',
  };
  const skews = checkSkew(operator, { target, ...(clusterMinor === undefined ? {} : { clusterMinor }) });
  const outside = skews.map(
    ({ reason, message }): Finding => ({
      code: 'preflight.outside-skew',
      severity: 'warning',
      message: `${binary.path}: ${message}`,
      facts: { path: binary.path, reason },
      hint: fixes[reason],
    }),
  );
  return [built, ...outside];
}

/** What the operators in an object's containers were built on, and whether the wish is inside what that supports. */
export function checkOperators(
  { template }: CheckedObject,
  { runtimes, cluster }: Pick<PreflightInput, 'runtimes' | 'cluster'>,
): readonly Finding[] {
  const claims = claimContainers(template, runtimes);
  return template.spec.containers.flatMap(({ name, image }) => {
    const runtime = claims.get(name);
    const binaries = runtime ? binariesOf(runtime, image) : [];
    return binaries.flatMap((binary) => (runtime ? checkBinary(runtime, binary, cluster?.minor) : []));
  });
}
