import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { CertificateAndKey } from './certificates.ts';

/** What the webhook's Secret holds, PEM each. */
export interface WebhookCertificates {
  /** What the API server is to trust: the authority, and after its renewal for a while the one before. */
  readonly caBundle: string;
  readonly authority: CertificateAndKey;
  readonly serving: CertificateAndKey;
}

const dayMs = 86_400_000;
/** Lifetimes, and how long before their end certificates are renewed, in days. */
export const certificateDays = {
  authority: 3650,
  authorityRenewal: 365,
  serving: 90,
  servingRenewal: 30,
} as const;

const fields = ['ca.crt', 'ca-bundle.crt', 'ca.key', 'tls.crt', 'tls.key'] as const;

/** The certificates in a Secret's `data`; `undefined` when any is missing. */
export function parseSecretData(
  data: Readonly<Record<string, string>> = {},
): WebhookCertificates | undefined {
  const [authority, caBundle, authorityKey, serving, servingKey] = fields.map((name) => {
    const value = data[name];
    return value === undefined || value === '' ? undefined : Buffer.from(value, 'base64').toString('utf8');
  });
  if (!authority || !caBundle || !authorityKey || !serving || !servingKey) return undefined;
  return {
    caBundle,
    authority: { certificate: authority, key: authorityKey },
    serving: { certificate: serving, key: servingKey },
  };
}

/** The `data` of a Secret that holds the certificates. */
export function renderSecretData({
  caBundle,
  authority,
  serving,
}: WebhookCertificates): Record<string, string> {
  const values = [authority.certificate, caBundle, authority.key, serving.certificate, serving.key];
  return Object.fromEntries(
    fields.map((name, index) => [name, Buffer.from(values[index] ?? '').toString('base64')]),
  );
}

/** Loaded for the days when something is issued: the library takes 10 MiB. */
const issuing = () => import('./certificates.ts');

/** Whether a certificate is valid now, by its own key, and for so many days more. One that a clock ahead of ours issued is not yet. */
function isFresh({ certificate, key }: CertificateAndKey, now: Date, leftDays: number): boolean {
  try {
    const read = new X509Certificate(certificate);
    const leftMs = read.validToDate.getTime() - now.getTime();
    const isValid = read.validFromDate <= now && leftMs > leftDays * dayMs;
    return isValid && read.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

async function renewAuthority(
  known: WebhookCertificates | undefined,
  now: Date,
): Promise<Pick<WebhookCertificates, 'authority' | 'caBundle'>> {
  const { issueAuthority } = await issuing();
  const authority = await issueAuthority({
    commonName: 'gofleet webhook authority',
    now,
    lifetimeDays: certificateDays.authority,
  });
  const before = known && isFresh(known.authority, now, 0) ? known.authority.certificate : '';
  return { authority, caBundle: [authority.certificate, before].filter(Boolean).join('\n') };
}

/**
 * Certificates that are good for a while: the known ones when they are, else renewed ones. A new authority comes with a bundle that
 * still holds the one before, so that there is no moment at which the API server trusts nobody.
 */
export async function renewCertificates(
  known: WebhookCertificates | undefined,
  options: { readonly dnsNames: readonly string[]; readonly now: Date },
): Promise<WebhookCertificates> {
  const { dnsNames, now } = options;
  const keepsAuthority = known && isFresh(known.authority, now, certificateDays.authorityRenewal);
  if (keepsAuthority && isFresh(known.serving, now, certificateDays.servingRenewal)) return known;
  const { authority, caBundle } = keepsAuthority ? known : await renewAuthority(known, now);
  const { issueServing } = await issuing();
  const serving = await issueServing(authority, { dnsNames, now, lifetimeDays: certificateDays.serving });
  return { authority, caBundle, serving };
}
