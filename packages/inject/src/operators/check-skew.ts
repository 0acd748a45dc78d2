import { compareGoVersions, parseGoVersion } from '@gofleet/base/go-version';
import type { GoRuntime } from '../go-runtime.ts';
import type { ObservedBinary } from '../runtime-status.ts';
import { findOperator, type Operator } from './find-operator.ts';
import { operatorTable } from './operator-table.ts';

/** One way in which a wish is outside what is supported. */
export interface Skew {
  /** A reason by the Kubernetes conventions. */
  readonly reason: 'GoTooOld' | 'GoUnsupported' | 'ClusterSkew';
  /** In words. */
  readonly message: string;
}

/** How many minors client-go and the API server may be apart. @see https://kubernetes.io/releases/version-skew-policy/ */
const clientSkew = 1;

function goTooOld({ needs }: Operator, target: string): readonly Skew[] {
  const [wished, least] = [parseGoVersion(target), needs && parseGoVersion(needs.go)];
  if (!needs || !wished || !least || compareGoVersions(wished, least) >= 0) return [];
  const message = `${needs.module} needs Go ${needs.go} or newer, the wish is ${target}`;
  return [{ reason: 'GoTooOld', message }];
}

function goUnsupported(target: string): readonly Skew[] {
  const { newestGoMinor } = operatorTable;
  const minor = parseGoVersion(target)?.minor ?? newestGoMinor;
  if (minor > newestGoMinor - 2) return [];
  const message = `Go 1.${minor} has had no fixes since Go 1.${minor + 2} came out`;
  return [{ reason: 'GoUnsupported', message }];
}

function clusterSkew({ clientGo, kubernetesMinor }: Operator, cluster: number | undefined): readonly Skew[] {
  if (kubernetesMinor === undefined || cluster === undefined) return [];
  const distance = Math.abs(kubernetesMinor - cluster);
  if (distance <= clientSkew) return [];
  const message = `client-go ${clientGo} is of Kubernetes 1.${kubernetesMinor}, ${distance} minors from this cluster's 1.${cluster}`;
  return [{ reason: 'ClusterSkew', message }];
}

/** In which ways an operator on a Go release is outside what its modules, Go and Kubernetes support; the worst first. */
export function checkSkew(
  operator: Operator,
  { target, clusterMinor }: { readonly target: string; readonly clusterMinor?: number },
): readonly Skew[] {
  return [...goTooOld(operator, target), ...goUnsupported(target), ...clusterSkew(operator, clusterMinor)];
}

/** Why a program is not relinked to a release: a module in it needs a newer one. The wish may ask for the attempt all the same. */
export function skewRefusal({ spec }: GoRuntime, binary: ObservedBinary, target: string): string | undefined {
  if (spec.outsideSkew === 'Warn') return undefined;
  const operator = findOperator(binary);
  const [skew] = operator ? goTooOld(operator, target) : [];
  return skew && `${skew.message}; spec.outsideSkew: Warn has it tried all the same`;
}
