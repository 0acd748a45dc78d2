import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { connect, createServer, type Server as NetServer } from 'node:net';
import { dirname } from 'node:path';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorToJson, GofleetError, toGofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { AuthorityStream } from './authority-stream.ts';
import { type VolumePorts, VolumeService } from './volume-service.ts';
import { type PublishRequest, type RegistrationStatus, services } from './wire-schema.ts';

/** What the plugin says of itself, and to whom. */
export interface PluginIdentity {
  readonly driver: string;
  readonly version: string;
  readonly nodeId: string;
  /** `<kubelet-dir>/plugins/<driver>/csi.sock`. */
  readonly csiSocket: string;
  /** `<kubelet-dir>/plugins_registry/<driver>-reg.sock`. */
  readonly registrationSocket: string;
}

/** What a call asks for, and whether its caller has given up. */
type Handler = (request: never, call: { readonly cancelled: boolean }) => unknown;

function toGrpcError(error: GofleetError): Partial<ServiceError> {
  const code =
    error.code === 'node.invalid-request'
      ? status.INVALID_ARGUMENT
      : error.retry === 'later'
        ? status.UNAVAILABLE
        : status.INTERNAL;
  return { code, details: `${error.code}: ${error.message}` };
}

function describeVolume({ volumeId, volumeContext = {} }: Partial<PublishRequest>) {
  const {
    artefact,
    'csi.storage.k8s.io/pod.namespace': namespace,
    'csi.storage.k8s.io/pod.name': pod,
  } = volumeContext;
  return { volumeId, artefact, namespace, pod };
}

/** A gRPC handler: answers with what the function returns, errors as status codes, one log line per failure. */
function answer(name: string, handle: Handler, log: Log): handleUnaryCall<unknown, unknown> {
  return (call, reply) => {
    Promise.resolve(call.request as never)
      .then((request) => handle(request, call))
      .then(
        (response) => reply(null, response ?? {}),
        (thrown: unknown) => {
          const error = toGofleetError(thrown);
          const volume = describeVolume(call.request as Partial<PublishRequest>);
          log('error', `${name} failed`, { error: errorToJson(error), ...volume });
          reply(toGrpcError(error));
        },
      );
  };
}

function addService(
  server: Server,
  service: ServiceDefinition,
  handlers: Record<string, Handler>,
  log: Log,
): void {
  const implementation = Object.fromEntries(
    Object.entries(handlers).map(([name, handle]) => [name, answer(name, handle, log)]),
  );
  server.addService(service, implementation);
}

function isAlive(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    probe.once('error', () => resolve(false));
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
  });
}

/** A gRPC server on a unix socket. */
interface Listening {
  /** Waits for calls that are being answered, for 10 s at most. */
  readonly close: () => Promise<void>;
}

/** Gives connections to a gRPC server, which by itself would refuse those of old kubelets. */
function acceptConnections(server: Server): NetServer {
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  return createServer((socket) => {
    // kubelet closes connections as it likes.
    socket.on('error', () => socket.destroy());
    const readable = socket.pipe(new AuthorityStream());
    injector.injectConnection(
      Duplex.from({ readable, writable: socket }).on('error', () => socket.destroy()),
    );
  });
}

/** Binds a server to a unix socket; one left by a killed run is removed, one that answers is not. */
async function listen(server: Server, socket: string): Promise<Listening> {
  await mkdir(dirname(socket), { recursive: true, mode: 0o750 });
  if (await isAlive(socket))
    throw new GofleetError('node.socket-taken', `another plugin answers at ${socket}`, {
      facts: { socket },
      retry: 'later',
    });
  await rm(socket, { force: true });
  const listener = acceptConnections(server).listen(socket);
  await once(listener, 'listening');
  return {
    close: async () => {
      listener.close();
      await rm(socket, { force: true });
      await Promise.race([
        new Promise<void>((resolve) => server.tryShutdown(() => resolve())),
        sleep(10_000, undefined, { ref: false }),
      ]);
      server.forceShutdown();
    },
  };
}

function csiServer(identity: PluginIdentity, ports: VolumePorts, log: Log): Server {
  const server = new Server();
  const volumes = new VolumeService(ports);
  addService(
    server,
    services.identity,
    {
      GetPluginInfo: () => ({ name: identity.driver, vendorVersion: identity.version }),
      GetPluginCapabilities: () => ({}),
      Probe: () => ({ ready: { value: true } }),
    },
    log,
  );
  addService(
    server,
    services.node,
    {
      NodeGetInfo: () => ({ nodeId: identity.nodeId }),
      NodeGetCapabilities: () => ({}),
      NodePublishVolume: async (request: PublishRequest, call) => {
        const startedAt = performance.now();
        await volumes.publish(request, call);
        const durationMs = Number((performance.now() - startedAt).toFixed(1));
        log('info', 'mounted', { ...describeVolume(request), durationMs });
      },
      NodeUnpublishVolume: (request) => volumes.unpublish(request),
    },
    log,
  );
  return server;
}

function registrationServer(
  identity: PluginIdentity,
  onStatus: (status: RegistrationStatus) => void,
  log: Log,
) {
  const server = new Server();
  addService(
    server,
    services.registration,
    {
      GetInfo: () => ({
        type: 'CSIPlugin',
        name: identity.driver,
        endpoint: identity.csiSocket,
        supportedVersions: ['1.0.0'],
      }),
      NotifyRegistrationStatus: onStatus,
    },
    log,
  );
  return server;
}

/** A plugin that is listening. */
export interface RunningPlugin {
  /** Whether kubelet has accepted the plugin. */
  readonly isRegistered: () => boolean;
  /** Stops answering and removes the sockets; what is mounted stays. */
  readonly close: () => Promise<void>;
}

/**
 * Serves the CSI on its socket, then the registration socket that kubelet watches for.
 * @throws `node.socket-taken`
 */
export async function servePlugin(
  identity: PluginIdentity,
  ports: VolumePorts,
  log: Log,
): Promise<RunningPlugin> {
  let registered = false;
  const csi = csiServer(identity, ports, log);
  const registration = registrationServer(
    identity,
    ({ pluginRegistered, error }) => {
      registered = pluginRegistered;
      log(pluginRegistered ? 'info' : 'error', 'kubelet answered the registration', {
        pluginRegistered,
        error,
      });
    },
    log,
  );
  const csiListening = await listen(csi, identity.csiSocket);
  const registrationListening = await listen(registration, identity.registrationSocket);
  return {
    isRegistered: () => registered,
    close: async () => {
      // The registration goes first, so that kubelet knows before calls fail.
      await registrationListening.close();
      await csiListening.close();
    },
  };
}
