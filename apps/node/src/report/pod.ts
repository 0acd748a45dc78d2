import type { KubeObject } from '@gofleet/kube/kube-object';

interface ContainerStatus {
  readonly name: string;
  readonly containerID?: string;
  readonly imageID?: string;
  readonly state?: { readonly running?: unknown };
}

/** What the node reads of a pod. */
export interface Pod extends KubeObject {
  readonly spec?: { readonly containers?: readonly { readonly name: string; readonly image?: string }[] };
  readonly status?: { readonly containerStatuses?: readonly ContainerStatus[] };
}

/** The pod with nothing but what the node reads of it, so that many fit into memory. */
export function stripPod({ metadata, spec, status }: Pod): Pod {
  const { name, namespace, uid, resourceVersion, labels, annotations } = metadata;
  const injected = annotations?.['gofleet.dev/injected'];
  return {
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(labels === undefined ? {} : { labels }),
      ...(injected === undefined ? {} : { annotations: { 'gofleet.dev/injected': injected } }),
    },
    spec: {
      containers: (spec?.containers ?? []).map((container) => ({
        name: container.name,
        ...(container.image === undefined ? {} : { image: container.image }),
      })),
    },
    status: {
      containerStatuses: (status?.containerStatuses ?? []).map((each) => ({
        name: each.name,
        ...(each.containerID === undefined ? {} : { containerID: each.containerID }),
        ...(each.imageID === undefined ? {} : { imageID: each.imageID }),
        state: each.state?.running === undefined ? {} : { running: {} },
      })),
    },
  };
}
