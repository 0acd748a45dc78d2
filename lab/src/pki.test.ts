import { createPrivateKey, X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { createAuthority } from './pki.ts';

test('a server certificate is good for its names, an hour back and ten years on', async () => {
  const now = new Date();
  const ca = await createAuthority('test-ca', now);
  const pair = await ca.issue({ commonName: 'server', names: ['127.0.0.1', 'kubernetes.default'] });
  const [root, server] = [new X509Certificate(ca.certificate), new X509Certificate(pair.certificate)];
  expect(server.verify(root.publicKey)).toBe(true);
  expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(server.checkHost('kubernetes.default')).toBe('kubernetes.default');
  expect(server.checkHost('example.org')).toBeUndefined();
  expect(server.checkPrivateKey(createPrivateKey(pair.key))).toBe(true);
  expect(new Date(server.validFrom).getTime()).toBeLessThan(now.getTime());
});

test('a client certificate carries its user and group', async () => {
  const ca = await createAuthority('test-ca', new Date());
  const pair = await ca.issue({ commonName: 'admin', organization: 'system:masters' });
  expect(new X509Certificate(pair.certificate).subject).toBe('CN=admin\nO=system:masters');
});
