import type { ServiceDefinition } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';

/** What of the CSI a driver of ephemeral volumes speaks. @see container-storage-interface/spec v1.9.0, csi.proto */
const csiSchema = {
  Identity: {
    methods: {
      GetPluginInfo: { requestType: 'Empty', responseType: 'GetPluginInfoResponse' },
      GetPluginCapabilities: { requestType: 'Empty', responseType: 'GetPluginCapabilitiesResponse' },
      Probe: { requestType: 'Empty', responseType: 'ProbeResponse' },
    },
  },
  Node: {
    methods: {
      NodeGetInfo: { requestType: 'Empty', responseType: 'NodeGetInfoResponse' },
      NodeGetCapabilities: { requestType: 'Empty', responseType: 'NodeGetCapabilitiesResponse' },
      NodePublishVolume: { requestType: 'NodePublishVolumeRequest', responseType: 'Empty' },
      NodeUnpublishVolume: { requestType: 'NodeUnpublishVolumeRequest', responseType: 'Empty' },
    },
  },
  // Every empty message of the CSI has the same encoding: none.
  Empty: { fields: {} },
  GetPluginInfoResponse: {
    fields: { name: { type: 'string', id: 1 }, vendorVersion: { type: 'string', id: 2 } },
  },
  // Neither plugin nor node capabilities are claimed, so their messages need no fields.
  GetPluginCapabilitiesResponse: { fields: {} },
  NodeGetCapabilitiesResponse: { fields: {} },
  BoolValue: { fields: { value: { type: 'bool', id: 1 } } },
  ProbeResponse: { fields: { ready: { type: 'BoolValue', id: 1 } } },
  NodeGetInfoResponse: { fields: { nodeId: { type: 'string', id: 1 } } },
  NodePublishVolumeRequest: {
    fields: {
      volumeId: { type: 'string', id: 1 },
      targetPath: { type: 'string', id: 4 },
      readonly: { type: 'bool', id: 6 },
      volumeContext: { keyType: 'string', type: 'string', id: 8 },
    },
  },
  NodeUnpublishVolumeRequest: {
    fields: { volumeId: { type: 'string', id: 1 }, targetPath: { type: 'string', id: 2 } },
  },
};

/** How kubelet gets to know a plugin. @see k8s.io/kubelet/pkg/apis/pluginregistration/v1/api.proto */
const registrationSchema = {
  Registration: {
    methods: {
      GetInfo: { requestType: 'InfoRequest', responseType: 'PluginInfo' },
      NotifyRegistrationStatus: {
        requestType: 'RegistrationStatus',
        responseType: 'RegistrationStatusResponse',
      },
    },
  },
  InfoRequest: { fields: {} },
  PluginInfo: {
    fields: {
      type: { type: 'string', id: 1 },
      name: { type: 'string', id: 2 },
      endpoint: { type: 'string', id: 3 },
      supportedVersions: { rule: 'repeated', type: 'string', id: 4 },
    },
  },
  RegistrationStatus: {
    fields: { pluginRegistered: { type: 'bool', id: 1 }, error: { type: 'string', id: 2 } },
  },
  RegistrationStatusResponse: { fields: {} },
};

// protobufjs types its own JSON more narrowly than it reads it.
const schema = {
  nested: {
    csi: { nested: { v1: { nested: csiSchema } } },
    pluginregistration: { nested: registrationSchema },
  },
} as unknown as Parameters<typeof fromJSON>[0];

const definitions = fromJSON(schema, { longs: Number, defaults: true });

/** The gRPC services that the plugin offers to kubelet; requests arrive with every field set, absent ones to their zero value. */
export const services = {
  identity: definitions['csi.v1.Identity'] as ServiceDefinition,
  node: definitions['csi.v1.Node'] as ServiceDefinition,
  registration: definitions['pluginregistration.Registration'] as ServiceDefinition,
} as const;

/** `csi.v1.NodePublishVolumeRequest`, what is read of it. */
export interface PublishRequest {
  readonly volumeId: string;
  readonly targetPath: string;
  readonly readonly: boolean;
  readonly volumeContext: Readonly<Record<string, string>>;
}

/** `csi.v1.NodeUnpublishVolumeRequest`. */
export interface UnpublishRequest {
  readonly volumeId: string;
  readonly targetPath: string;
}

/** `pluginregistration.RegistrationStatus`. */
export interface RegistrationStatus {
  readonly pluginRegistered: boolean;
  readonly error: string;
}
