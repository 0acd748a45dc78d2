import { styleText } from 'node:util';
import { renderDuration } from '@gofleet/base/units';
import { renderTable } from '../render-table.ts';
import type { DemoResult, OperatorSnapshot } from './demo-result.ts';

type Row = readonly [string, string, string, string];

function rowOf(
  name: string,
  snapshots: readonly OperatorSnapshot[],
  render: (snapshot: OperatorSnapshot) => string,
): Row {
  const [before = '', after = '', restored = ''] = snapshots.map(render);
  return [name, before, after, restored];
}

/** The digest's first digits, and whether it is the one of the first snapshot. */
function imageOf(first: OperatorSnapshot): (snapshot: OperatorSnapshot) => string {
  return (snapshot) => {
    const digest = snapshot.imageID.replace(/^.*sha256:/, '').slice(0, 12);
    if (snapshot === first) return digest;
    return snapshot.imageID === first.imageID ? `${digest} same` : `${digest} CHANGED`;
  };
}

function pausesOf({ metrics }: OperatorSnapshot): string {
  if (!metrics) return 'no metrics';
  const { p50, p75, max } = metrics.gcPauseUs;
  return `${p50} / ${p75} / ${max} µs`;
}

function renderStory(result: DemoResult): string {
  const snapshots = [result.before, result.after, result.restored];
  return renderTable(
    ['', 'before', 'with the GoRuntime', 'after deleting it'],
    [
      rowOf('Go that runs', snapshots, ({ goVersion }) => goVersion),
      rowOf('  read from', snapshots, ({ verifiedFrom }) => verifiedFrom),
      rowOf('image', snapshots, imageOf(result.before)),
      rowOf('command', snapshots, ({ command }) => command.join(' ')),
      rowOf('lease held by', snapshots, ({ pod }) => pod),
      rowOf('new work answered', snapshots, ({ reconcileMs }) => renderDuration(reconcileMs)),
      rowOf('GC pause p50/p75/max', snapshots, pausesOf),
    ].map((row) => [...row]),
  );
}

const startNames: Readonly<Record<string, string>> = {
  uninjected: 'as it is',
  injected: 'injected by gofleet',
  initContainerNothing: 'with an init container that does nothing',
  initContainerCopy: 'with an init container that copies a GOROOT (changes nothing)',
};

function renderStarts({ startMs }: DemoResult): string {
  if (Object.keys(startMs).length === 0) return 'pod starts were not timed';
  const base = startMs.uninjected?.median ?? 0;
  const rows = Object.entries(startMs).map(([name, { median, p99, n }]) => [
    startNames[name] ?? name,
    `${Math.round(median)} ms`,
    `${Math.round(p99)} ms`,
    name === 'uninjected' ? '' : `${median >= base ? '+' : '−'}${Math.round(Math.abs(median - base))} ms`,
    String(n),
  ]);
  return renderTable(['pod start: creation → first output', 'median', 'p99', 'against as it is', 'n'], rows);
}

/** The demo's findings as tables for eyes. */
export function renderDemo(result: DemoResult): string {
  const title = styleText(
    'bold',
    `${result.operator} on Kubernetes ${result.kubernetes} (${result.cluster})`,
  );
  const { grade, message } = result.reproduction;
  const { toVerifiedMs, toRestoredMs } = result.rollout;
  return [
    title,
    '',
    renderStory(result),
    '',
    `original reproduced: ${grade}${message === '' ? '' : ` (${message})`}`,
    `wish → verified in ${renderDuration(toVerifiedMs)}; deleted → restored in ${renderDuration(toRestoredMs)}`,
    '',
    renderStarts(result),
    '',
    `${result.cleanedUp ? 'nothing is left behind' : 'kept'}; ${renderDuration(result.tookMs)} in all`,
  ].join('\n');
}
