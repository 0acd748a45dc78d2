import { type GoBuild, goBuildsPath } from '@gofleet/inject/builds';
import type { KubeClient } from '@gofleet/kube/client';
import { unlessGone } from '@gofleet/kube/unless-gone';
import { renderTable } from '../render-table.ts';

const open: readonly string[] = ['Building', 'Proving', 'Queued'];

/** Every GoBuild: what is worked on first, then what waits, what failed, what is ready. */
export async function readBuilds(client: KubeClient): Promise<readonly GoBuild[]> {
  const items = (await unlessGone(client.list<GoBuild>(goBuildsPath)))?.items ?? [];
  const order = [...open, 'Failed', 'Ready'];
  const rank = ({ status }: GoBuild): number => order.indexOf(status?.phase ?? 'Queued');
  return [...items].sort(
    (a, b) =>
      rank(a) - rank(b) || b.spec.priority - a.spec.priority || (a.metadata.name < b.metadata.name ? -1 : 1),
  );
}

/** How many builds are in each phase: `2 building, 5 queued, 30 ready`. */
export function countPhases(builds: readonly GoBuild[]): string {
  const byPhase = Map.groupBy(builds, ({ status }) => status?.phase ?? 'Queued');
  return [...byPhase].map(([phase, each]) => `${each.length} ${phase.toLowerCase()}`).join(', ');
}

/** A row per build; of what failed or waits, the first line of why. */
export function renderBuilds(builds: readonly GoBuild[]): string {
  if (builds.length === 0) return 'no GoBuild';
  return renderTable(
    ['GOBUILD', 'ORIGINAL', 'TARGET', 'PRIORITY', 'PHASE', 'GRADE', 'WISHES', 'WHY'],
    builds.map(({ metadata, spec, status }) => [
      metadata.name,
      spec.original.goVersion,
      spec.goVersion,
      String(spec.priority),
      status?.phase ?? 'Queued',
      status?.grade ?? '',
      String(spec.wishes.length),
      status?.message?.split('\n', 1)[0] ?? '',
    ]),
  );
}
