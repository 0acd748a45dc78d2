import { renderDuration } from '@gofleet/base/units';
import type { NodeFacts } from '@gofleet/inject/plan-delivery';
import { renderTable } from '../render-table.ts';
import type { ClusterSurvey } from './survey-cluster.ts';

const executes = ({ canExecute }: NodeFacts): string =>
  canExecute === 'unknown' ? 'unknown' : canExecute ? 'yes' : 'no';

function renderNodes({ nodes }: ClusterSurvey): string {
  return renderTable(
    ['NODE', 'POOL', 'PLATFORM', 'KUBELET', 'RUNTIME', 'KERNEL', 'READY', 'PLUGIN', 'EXECUTES MOUNTS'],
    nodes.map((node) => [
      node.name,
      node.pool,
      `${node.os}/${node.arch}`,
      node.kubelet,
      node.runtime,
      node.kernel,
      node.isReady ? 'yes' : 'no',
      node.plugin,
      executes(node),
    ]),
  );
}

function renderPools({ pools }: ClusterSurvey): string {
  return renderTable(
    ['POOL', 'NODES', 'DELIVERY', 'IMAGE VOLUMES', 'WHY'],
    pools.map(({ pool, nodes, delivery, imageVolumes, reason }) => [
      pool,
      String(nodes.length),
      delivery,
      imageVolumes ? 'yes' : 'no',
      reason,
    ]),
  );
}

/** Versions of one kind in one row: the served ones, then the ones that are not. */
function renderApis({ apis }: ClusterSurvey): string {
  const kinds = Map.groupBy(apis, ({ id }) => {
    const [groupVersion = '', kind = ''] = id.split(' ');
    return `${kind}.${groupVersion.split('/')[0]}`;
  });
  const versions = (served: boolean, entries: readonly (typeof apis)[number][]): string =>
    entries
      .filter((each) => each.served === served)
      .map(({ id }) => id.split(' ')[0]?.split('/')[1])
      .join(', ') || '-';
  return renderTable(
    ['API', 'SERVED', 'NOT SERVED'],
    [...kinds].map(([kind, entries]) => [kind, versions(true, entries), versions(false, entries)]),
  );
}

function renderHead({ server, version, roles }: ClusterSurvey, ageMs: number | undefined): string {
  const age = ageMs === undefined ? '' : `, as of ${renderDuration(ageMs)} ago (--refresh asks again)`;
  const parts = roles.map(({ role, ready, desired }) => `${role} ${ready}/${desired}`).join(', ');
  return `${server}: API server ${version}${age}\n${parts === '' ? 'gofleet is not installed' : `gofleet: ${parts}`}`;
}

function renderUnlabelled({ unlabelledNamespaces: names }: ClusterSurvey): string[] {
  if (names.length === 0) return [];
  const few = names.slice(0, 5).join(', ');
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return [
    `the webhook does not see the namespaces ${few}${more}: they lack the label kubernetes.io/metadata.name\n  next: kubectl label namespace ${names[0]} kubernetes.io/metadata.name=${names[0]}`,
  ];
}

/** A survey for eyes; `ageMs` of one that was kept. */
export function renderSurvey(survey: ClusterSurvey, ageMs: number | undefined): string {
  const parts = [renderHead(survey, ageMs), renderNodes(survey), renderPools(survey), renderApis(survey)];
  return [...parts, ...renderUnlabelled(survey)].join('\n\n');
}
