import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { errorToJson, toGofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import { describeInjection } from '@gofleet/inject/artefact-identity';
import type { DeliverableNode } from '@gofleet/inject/deliverable-node';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import type { Injection } from '@gofleet/inject/injection';
import type { SandboxCluster } from '@gofleet/inject/plan-sandbox';
import { webhookService } from '@gofleet/inject/webhook-configuration';
import type { CertificateAndKey } from '@gofleet/kube/certificates';
import type { Metrics } from '../metrics.ts';
import {
  type AdmissionReview,
  planReview,
  type ReviewPlan,
  type RuntimesOf,
  renderAllowed,
  renderAnswer,
} from './answer-review.ts';

export interface WebhookServerOptions {
  readonly port: number;
  /** Default: every address. */
  readonly host?: string;
  readonly certificate: CertificateAndKey;
  readonly runtimesOf: RuntimesOf;
  /** The same as the API server has them now; `undefined` when it does not say. Never asked when absent. */
  readonly freshRuntimesOf?: (namespace: string) => Promise<readonly GoRuntime[] | undefined>;
  readonly sandboxes: SandboxCluster;
  /** Nothing is known of nodes when absent. */
  readonly nodes?: () => readonly DeliverableNode[] | undefined;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** The HTTPS server that the API server calls. */
export interface WebhookServer {
  readonly port: number;
  /** Takes a renewed certificate; connections that are open keep theirs. */
  useCertificate(certificate: CertificateAndKey): void;
  /** Answers what is in flight, then ends. */
  close(): Promise<void>;
}

const maxBodyBytes = 3 * 1024 * 1024;

/** `undefined` when the body is larger than a pod can be. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

/** One line for a pod that is changed: which builds it will run. */
function logPatch(
  { request }: AdmissionReview,
  injections: readonly Injection[],
  { log, runtimesOf }: WebhookServerOptions,
): void {
  const { namespace = '', object, dryRun = false } = request ?? {};
  const { name, generateName } = object?.metadata ?? {};
  const runtimes = runtimesOf(namespace);
  log('info', 'pod patched', {
    ...{ namespace, pod: name ?? `${generateName ?? ''}…` },
    ...(dryRun ? { dryRun } : {}),
    injections: injections.map((injection) => describeInjection(injection, runtimes)),
  });
}

/** By what is held in memory; the API server is asked only about a pod of a roll-out that memory does not know. */
async function plan(review: AdmissionReview, options: WebhookServerOptions): Promise<ReviewPlan> {
  const { namespace = '' } = review.request ?? {};
  const known = planReview(review, options.runtimesOf(namespace), options);
  const fresh = known.isDoubtful ? await options.freshRuntimesOf?.(namespace) : undefined;
  return fresh === undefined ? known : { ...planReview(review, fresh, options), isDoubtful: false };
}

interface Reviewed {
  readonly answer: unknown;
  readonly isDoubtful: boolean;
}

/** Fails open: whatever goes wrong here, the pod is let in as it is. */
async function reviewSafely(review: AdmissionReview, options: WebhookServerOptions): Promise<Reviewed> {
  const { metrics, log } = options;
  const startedAt = performance.now();
  try {
    const planned = await plan(review, options);
    const answer = renderAnswer(review, planned, {
      onPatched: (injections) => logPatch(review, injections, options),
    });
    const result = answer.response.patch === undefined ? 'unchanged' : 'injected';
    metrics.countReview(result, (performance.now() - startedAt) / 1000);
    return { answer, isDoubtful: planned.isDoubtful };
  } catch (thrown) {
    metrics.countReview('error', (performance.now() - startedAt) / 1000);
    log('error', 'review failed; the pod is let in as it is', { error: errorToJson(toGofleetError(thrown)) });
    return { answer: renderAllowed(review.request?.uid ?? ''), isDoubtful: false };
  }
}

const namespaceName = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

function parseReview(body: Buffer): AdmissionReview | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (typeof value !== 'object' || value === null) return undefined;
    const { request } = value as AdmissionReview;
    const { uid, namespace = 'none' } = request ?? {};
    // Whoever reaches the port may post; what a namespace is called becomes part of paths.
    return typeof uid === 'string' && namespaceName.test(namespace) ? (value as AdmissionReview) : undefined;
  } catch {
    return undefined;
  }
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  options: WebhookServerOptions,
): Promise<void> {
  const path = request.url?.split('?', 1)[0];
  if (request.method !== 'POST' || path !== webhookService.path)
    return send(response, 404, { message: `POST ${webhookService.path} is served here` });
  const body = await readBody(request);
  if (!body) {
    response.setHeader('connection', 'close');
    return send(response, 413, { message: 'the review exceeds 3 MiB' });
  }
  const review = parseReview(body);
  if (!review) return send(response, 400, { message: 'the body is no AdmissionReview' });
  const { answer, isDoubtful } = await reviewSafely(review, options);
  // API servers keep to one connection: the next one may lead to a controller that knows more.
  if (isDoubtful) response.setHeader('connection', 'close');
  send(response, 200, answer);
}

/** Starts the webhook's server; resolves when it listens. */
export async function serveWebhook(options: WebhookServerOptions): Promise<WebhookServer> {
  const { certificate, port, host, log } = options;
  const server = createServer(
    { cert: certificate.certificate, key: certificate.key, minVersion: 'TLSv1.2' },
    (request, response) => {
      handle(request, response, options).catch((thrown: unknown) => {
        log('warn', 'request ended early', { error: errorToJson(toGofleetError(thrown)) });
        response.destroy();
      });
    },
  );
  server.requestTimeout = 10_000;
  server.keepAliveTimeout = 120_000;
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    useCertificate: (next) => server.setSecureContext({ cert: next.certificate, key: next.key }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), 3000).unref();
      }),
  };
}
