import type { Finding } from '@gofleet/base/finding';
import type { PreflightResult } from '@gofleet/inject/preflight';
import { renderFinding } from '../why/render-findings.ts';

function renderGroup(head: string, findings: readonly Finding[]): string {
  if (findings.length === 0) return `${head}: ok`;
  const lines = findings.flatMap((finding) => renderFinding(finding).split('\n'));
  return [head, ...lines.map((line) => `  ${line}`)].join('\n');
}

function renderNamespace({ namespace, findings, objects }: PreflightResult): string[] {
  const wished = objects.filter(({ runtimes, findings: own }) => runtimes.length > 0 || own.length > 0);
  const rest = objects.length - wished.length;
  return [
    ...(findings.length === 0 ? [] : [renderGroup(`Namespace ${namespace}`, findings)]),
    ...wished.map(({ kind, name, runtimes, findings: own }) =>
      renderGroup(`${kind} ${namespace}/${name} (GoRuntime ${runtimes.join(', ') || '-'})`, own),
    ),
    ...(rest === 0 ? [] : [`${rest} more objects in ${namespace}: no GoRuntime decides for them`]),
  ];
}

function renderCount(results: readonly PreflightResult[]): string {
  const all = results.flatMap(({ findings, objects }) => [
    ...findings,
    ...objects.flatMap((object) => object.findings),
  ]);
  const count = (severity: Finding['severity']): number =>
    all.filter((each) => each.severity === severity).length;
  return `${count('error')} errors, ${count('warning')} warnings, ${count('info')} to know`;
}

/** The findings, object by object, each with the line that fixes it. */
export function renderPreflight(results: readonly PreflightResult[]): string {
  return [...results.flatMap(renderNamespace), renderCount(results)].join('\n\n');
}
