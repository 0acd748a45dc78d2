import { once } from 'node:events';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import {
  certificateDays,
  parseSecretData,
  renderSecretData,
  renewCertificates,
  type WebhookCertificates,
} from './webhook-certificates.ts';

const dnsNames = ['gofleet-webhook.gofleet-system.svc'];
const now = new Date();
const after = (days: number): Date => new Date(now.getTime() + days * 86_400_000);

async function handshake(certificates: WebhookCertificates, ca = certificates.caBundle): Promise<number> {
  const { certificate, key } = certificates.serving;
  const server = createServer({ cert: certificate, key }, (_, response) => response.end('ok'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const asked = request({ host: '127.0.0.1', port, ca, servername: dnsNames[0] ?? '' });
    asked.end();
    const [response] = await once(asked, 'response');
    response.resume();
    return response.statusCode;
  } finally {
    server.close();
  }
}

test('a client that trusts the bundle accepts the serving certificate for the service name', async () => {
  expect(await handshake(await renewCertificates(undefined, { dnsNames, now }))).toBe(200);
});

test('a client that trusts another authority does not', async () => {
  const [ours, other] = await Promise.all([1, 2].map(() => renewCertificates(undefined, { dnsNames, now })));
  if (!ours || !other) throw new Error('no certificates');
  await expect(handshake(ours, other.caBundle)).rejects.toThrow(/signature|self|issuer|verify/);
});

test('fresh certificates are kept, serving ones are renewed by the same authority before they end', async () => {
  const first = await renewCertificates(undefined, { dnsNames, now });
  expect(await renewCertificates(first, { dnsNames, now: after(1) })).toBe(first);
  const late = after(certificateDays.serving - certificateDays.servingRenewal + 1);
  const second = await renewCertificates(first, { dnsNames, now: late });
  expect(second.serving.certificate).not.toBe(first.serving.certificate);
  expect(second.caBundle).toBe(first.caBundle);
});

test('a new authority comes with the one before in the bundle', async () => {
  const first = await renewCertificates(undefined, { dnsNames, now });
  const late = after(certificateDays.authority - certificateDays.authorityRenewal + 1);
  const second = await renewCertificates(first, { dnsNames, now: late });
  expect(second.caBundle).toContain(first.authority.certificate);
  expect(second.caBundle).toContain(second.authority.certificate);
  expect(second.authority.certificate).not.toBe(first.authority.certificate);
});

test('a secret keeps everything, and an incomplete or broken one is made anew', async () => {
  const first = await renewCertificates(undefined, { dnsNames, now });
  const data = renderSecretData(first);
  expect(parseSecretData(data)).toEqual(first);
  expect(parseSecretData({ ...data, 'tls.key': '' })).toBeUndefined();
  expect(parseSecretData(undefined)).toBeUndefined();
  const broken = parseSecretData({ ...data, 'ca.crt': Buffer.from('nonsense').toString('base64') });
  expect((await renewCertificates(broken, { dnsNames, now })).authority.certificate).toContain('BEGIN CERT');
});

test('certificates that ended, that a clock ahead of ours issued, or whose key is another are made anew', async () => {
  const later = await renewCertificates(undefined, { dnsNames, now: after(2) });
  const other = await renewCertificates(undefined, { dnsNames, now });
  const mixed = { ...other, serving: { ...other.serving, key: later.serving.key } };
  const ended = await renewCertificates(undefined, { dnsNames, now: after(-2 * certificateDays.serving) });
  for (const known of [later, mixed, ended]) {
    const renewed = await renewCertificates(known, { dnsNames, now });
    expect(renewed.serving.certificate).not.toBe(known.serving.certificate);
    expect(await handshake(renewed)).toBe(200);
  }
});
