import type { VersionSource } from '../go-runtime.ts';
import { goRuntimeApi, inCluster } from '../in-cluster.ts';

/** The API of channels: names of the cluster for Go versions. */
export const goChannelApi = {
  group: goRuntimeApi.group,
  version: goRuntimeApi.version,
  plural: 'gochannels',
  kind: 'GoChannel',
} as const;

/** Where a channel says its Go version; one watch serves every namespace. */
export function sourceOfChannel(name: string): VersionSource {
  const { group, version, kind } = goChannelApi;
  const namespace = inCluster.namespace;
  return { apiVersion: `${group}/${version}`, kind, name, namespace, fieldPath: '.spec.goVersion' };
}

/** Whether a source is a channel, which has no namespace. */
export function isChannel({ apiVersion, kind }: VersionSource): boolean {
  return kind === goChannelApi.kind && apiVersion === `${goChannelApi.group}/${goChannelApi.version}`;
}
