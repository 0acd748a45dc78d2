import type { KubeClient } from '@gofleet/kube/client';

const line =
  /^apiserver_request_total\{.*resource="(?:pods|gopods)".*subresource="".*verb="(?:APPLY|PATCH|DELETE|DELETECOLLECTION)".*\} (\S+)$/gm;

/** How often an API server was asked until now to change or delete pods, or what is known of them: the same on any machine. */
export async function countWrites(client: KubeClient): Promise<number> {
  const metrics = await client.getText('/metrics');
  return [...metrics.matchAll(line)].reduce((sum, [, count]) => sum + Number(count), 0);
}
