import { createMetrics } from '@gofleet/controller/metrics';
import { serveWebhook } from '@gofleet/controller/webhook-server';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { renewCertificates } from '@gofleet/kube/webhook-certificates';
import { makeBinary, makeBuild, makeRuntime, rolledOut } from '@gofleet/testkit/go-runtime-maker';

/** The cache of a busy cluster: 100 wishes in 20 namespaces, 10 observed binaries each, with build info of real size. */
function fillCache(): ReadonlyMap<string, readonly GoRuntime[]> {
  const buildInfo = Array.from(
    { length: 150 },
    (_, at) => `dep\texample.com/module-${at}\tv1.2.${at}\th1:${'x'.repeat(43)}=`,
  ).join('\n');
  const wishes = Array.from({ length: 100 }, (_, at): GoRuntime => {
    const images = Array.from(
      { length: 10 },
      (__, number) => `registry.example/team/app-${at}-${number}:v1.4.${number}`,
    );
    const binaries = images.map((image) => makeBinary(image, { buildInfo: `${image}\n${buildInfo}` }));
    const runtime = makeRuntime({
      metadata: { name: `wish-${at}`, namespace: `team-${at % 20}` },
      spec: { selector: { matchLabels: { app: `app-${at}` } } },
      status: { binaries, builds: binaries.map((binary) => makeBuild(binary)) },
    });
    return rolledOut(runtime);
  });
  return Map.groupBy(wishes, ({ metadata }) => metadata.namespace);
}

async function main(): Promise<void> {
  const dnsNames = ['gofleet-webhook.gofleet-system.svc'];
  const { serving, caBundle } = await renewCertificates(undefined, { dnsNames, now: new Date() });
  const cache = fillCache();
  const server = await serveWebhook({
    port: 0,
    host: '127.0.0.1',
    certificate: serving,
    runtimesOf: (namespace) => cache.get(namespace) ?? [],
    metrics: createMetrics(),
    sandboxes: { image: 'gofleet', hasNativeSidecars: true },
    log: () => undefined,
  });
  let peakRssBytes = 0;
  setInterval(() => {
    peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss());
  }, 200).unref();
  process.on('message', () =>
    process.send?.({ peakRssBytes, rssBytes: process.memoryUsage.rss() }, () => process.exit(0)),
  );
  process.send?.({ port: server.port, caBundle, serverName: dnsNames[0] });
}

await main();
