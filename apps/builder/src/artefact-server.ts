import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { isSha256, type Sha256 } from '@gofleet/base/digest';
import { errorToJson, isGofleetError, toGofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import { type ArtefactStore, type AttestationStore, maxArtefactBytes } from '@gofleet/build/ports';
import { mediaTypes } from '@gofleet/build/publish';

export interface ArtefactServerOptions {
  /** 0 for any free one. */
  readonly port: number;
  readonly store: ArtefactStore;
  readonly attestations: Pick<AttestationStore, 'find'>;
  /** Told of an artefact that was asked for and is not there; answers whether it will be built again. */
  readonly onMissing: (artefact: Sha256) => boolean;
  /** Whether a worker that holds a build has said, through the API server, that it is handing this artefact in. */
  readonly isAnnounced: (artefact: Sha256) => boolean;
  readonly log: Log;
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}

/** Sends an artefact whose content was verified before; its reader verifies it again. */
async function sendArtefact(
  artefact: Sha256,
  response: ServerResponse,
  options: ArtefactServerOptions,
): Promise<void> {
  const stored = await options.store.get(artefact);
  if (stored) {
    const headers = { 'content-type': 'application/octet-stream', 'content-length': stored.sizeBytes };
    response.writeHead(200, headers);
    return await pipeline(createReadStream(stored.path), response);
  }
  if (!options.onMissing(artefact)) return end(response, 404, `no build made artefact ${artefact}`);
  response.setHeader('retry-after', '5');
  end(response, 503, `artefact ${artefact} is being built again`);
}

/** Sends the signed provenance of an artefact. */
async function sendAttestation(
  artefact: Sha256,
  response: ServerResponse,
  { attestations }: ArtefactServerOptions,
): Promise<void> {
  const found = await attestations.find(artefact);
  if (!found) return end(response, 404, `artefact ${artefact} is not attested`);
  response.writeHead(200, { 'content-type': mediaTypes.attestation }).end(found.text);
}

/**
 * Takes an artefact from a worker. Who sends it does not matter: what is accepted was announced by one who may write GoBuilds, and is
 * named by its content.
 */
async function takeArtefact(
  artefact: Sha256,
  { request, response }: Exchange,
  { store, isAnnounced }: ArtefactServerOptions,
): Promise<void> {
  const length = Number(request.headers['content-length'] ?? Number.NaN);
  if (!(length <= maxArtefactBytes))
    return end(response, 413, `an artefact has a length of at most ${maxArtefactBytes} bytes`);
  if (!isAnnounced(artefact)) return end(response, 409, `no build has announced artefact ${artefact}`);
  try {
    await store.put(request, { sha256: artefact });
    end(response, 201, 'stored');
  } catch (thrown) {
    if (!isGofleetError(thrown) || thrown.code !== 'build.wrong-digest') throw thrown;
    end(response, 422, thrown.message);
  }
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function answer(exchange: Exchange, options: ArtefactServerOptions): Promise<void> {
  const { request, response } = exchange;
  const { url = '/', method = 'GET' } = request;
  const [, artefact, attestation] = /^\/artefacts\/([^/?]*)(\/attestation)?$/.exec(url) ?? [];
  if (url === '/healthz') return end(response, 200, 'ok');
  if (artefact === undefined) return end(response, 404, 'nothing is here');
  if (!isSha256(artefact)) return end(response, 400, 'an artefact is named by 64 hexadecimal digits');
  if (attestation !== undefined) {
    // The builder signs what it has; nobody hands signatures in.
    if (method === 'PUT') return end(response, 405, 'GET or HEAD');
    return await sendAttestation(artefact, response, options);
  }
  if (method === 'PUT') return await takeArtefact(artefact, exchange, options);
  await sendArtefact(artefact, response, options);
}

const methods: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'PUT']);

/** Serves `GET` and `PUT /artefacts/<sha256>`, `GET /artefacts/<sha256>/attestation`, and `GET /healthz`. */
export async function serveArtefacts(options: ArtefactServerOptions): Promise<Server> {
  const server = createServer((request, response) => {
    if (!methods.has(request.method)) return end(response, 405, 'GET, HEAD or PUT');
    answer({ request, response }, options).catch((thrown: unknown) => {
      const error = toGofleetError(thrown);
      // A reader that went away is no failure of ours.
      if ((thrown as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE') return;
      options.log('error', 'serving failed', { url: request.url, error: errorToJson(error) });
      if (response.headersSent) response.destroy();
      else end(response, 500, error.message);
    });
  });
  server.listen(options.port);
  await once(server, 'listening');
  return server;
}
