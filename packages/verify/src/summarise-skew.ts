import { checkSkew } from '@gofleet/inject/check-skew';
import { targetOf } from '@gofleet/inject/choose-artefact';
import { findOperator, renderOperator } from '@gofleet/inject/find-operator';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import type { Draft } from './summarise.ts';

/** The condition `WithinSkew`: whether the operators inside support the Go that they are to run on; none without operators. */
export function draftsSkew(runtime: GoRuntime): readonly Draft[] {
  const isKept = runtime.spec.mode === 'godebug';
  const found = (runtime.status?.binaries ?? []).flatMap((binary) => {
    const operator = findOperator(binary);
    const target = isKept ? binary.goVersion : targetOf(runtime);
    return operator && target !== undefined ? [{ binary, operator, target }] : [];
  });
  const [first] = found;
  if (!first) return [];
  const outside = found.flatMap(({ binary, operator, target }) =>
    checkSkew(operator, { target }).map(({ reason, message }) => ({
      reason,
      message: `${binary.path}: ${message}`,
    })),
  );
  const worst = outside.find(({ reason }) => reason === 'GoTooOld') ?? outside[0];
  if (worst) return [{ type: 'WithinSkew', status: 'False', ...worst }];
  const message = `${first.binary.path}: ${renderOperator(first.operator)}, on ${first.target}`;
  return [{ type: 'WithinSkew', status: 'True', reason: 'Supported', message }];
}
