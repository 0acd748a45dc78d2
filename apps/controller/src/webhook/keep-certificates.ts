import { isGofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import { inCluster } from '@gofleet/inject/in-cluster';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import {
  parseSecretData,
  renderSecretData,
  renewCertificates,
  type WebhookCertificates,
} from '@gofleet/kube/webhook-certificates';

interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

export interface CertificateOptions {
  readonly client: KubeClient;
  /** Where the Secret is. */
  readonly namespace: string;
  readonly dnsNames: readonly string[];
  readonly now: Date;
  readonly log: Log;
}

/**
 * The webhook's certificates from its Secret, made or renewed and written back when they are missing or near their end. Two
 * controllers that do so at once end with the same ones: the write is bound to the version that was read.
 */
export async function keepCertificates(options: CertificateOptions): Promise<WebhookCertificates> {
  const { client, namespace, dnsNames, now, log } = options;
  const path = `/api/v1/namespaces/${namespace}/secrets/${inCluster.webhookSecret}`;
  for (;;) {
    const secret = await client.get<Secret>(path);
    const known = parseSecretData(secret.data);
    const certificates = await renewCertificates(known, { dnsNames, now });
    if (certificates === known) return known;
    try {
      await client.update(path, { ...secret, data: { ...secret.data, ...renderSecretData(certificates) } });
      log('info', 'certificates renewed', { isFirst: known === undefined });
      return certificates;
    } catch (thrown) {
      if (!isGofleetError(thrown) || thrown.code !== 'kube.conflict') throw thrown;
    }
  }
}
