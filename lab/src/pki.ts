import 'reflect-metadata';
import { createPrivateKey, webcrypto } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const hour = 3_600_000;

/** A certificate and its key, both PEM. */
export interface KeyPair {
  certificate: string;
  key: string;
}

/** Makes certificates in one authority's name. */
export interface Authority {
  certificate: string;
  /** A certificate for a server of these names and addresses, or, with none, for a client. */
  issue(subject: { commonName: string; organization?: string; names?: string[] }): Promise<KeyPair>;
  key: string;
}

/** A new certificate authority, valid for ten years from an hour ago. */
export async function createAuthority(commonName: string, now: Date): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const validity = {
    notBefore: new Date(now.getTime() - hour),
    notAfter: new Date(now.getTime() + 87_600 * hour),
  };
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: `CN=${commonName}`,
    ...validity,
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  let serial = 1;
  return {
    certificate: certificate.toString('pem'),
    key: await renderKey(keys.privateKey),
    issue: async ({ commonName: name, organization, names = [] }) => {
      const own = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
      serial += 1;
      const issued = await x509.X509CertificateGenerator.create({
        serialNumber: serial.toString(16).padStart(2, '0'),
        subject: `CN=${name}${organization ? `,O=${organization}` : ''}`,
        issuer: certificate.subject,
        ...validity,
        signingAlgorithm: algorithm,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        extensions: extensionsFor(names),
      });
      return { certificate: issued.toString('pem'), key: await renderKey(own.privateKey) };
    },
  };
}

function extensionsFor(names: string[]): x509.Extension[] {
  const usage = names.length > 0 ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth;
  const alternative = names.map((value) => ({
    type: /^[\d.]+$/.test(value) ? ('ip' as const) : ('dns' as const),
    value,
  }));
  return [
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([usage]),
    ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(alternative)] : []),
  ];
}

// SEC 1 ("EC PRIVATE KEY"): the only form of an EC key that every Kubernetes release reads everywhere.
async function renderKey(key: webcrypto.CryptoKey): Promise<string> {
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
    .export({ type: 'sec1', format: 'pem' })
    .toString();
}

/**
 * Writes what a cluster needs to `dir`: `ca`, `apiserver`, `kubelet-client`, `front-proxy-ca`, `front-proxy-client` (each
 * `.crt` and `.key`) and `service-account.key`. Answers the CA's certificate.
 */
export async function writeClusterPki(
  dir: string,
  options: { apiServerNames: string[]; now: Date },
): Promise<string> {
  const [ca, frontCa] = await Promise.all([
    createAuthority('gofleet-lab-ca', options.now),
    createAuthority('gofleet-lab-front-proxy-ca', options.now),
  ]);
  const serviceAccounts = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const pairs: Record<string, KeyPair> = {
    ca,
    'front-proxy-ca': frontCa,
    apiserver: await ca.issue({ commonName: 'kube-apiserver', names: options.apiServerNames }),
    'kubelet-client': await ca.issue({
      commonName: 'kube-apiserver-kubelet-client',
      organization: 'system:masters',
    }),
    'front-proxy-client': await frontCa.issue({ commonName: 'front-proxy-client' }),
  };
  const files = Object.entries(pairs).flatMap(([name, pair]) => [
    writeFile(join(dir, `${name}.crt`), `${pair.certificate}\n`),
    writeFile(join(dir, `${name}.key`), pair.key, { mode: 0o600 }),
  ]);
  const serviceAccountKey = await renderKey(serviceAccounts.privateKey);
  await Promise.all([
    ...files,
    writeFile(join(dir, 'service-account.key'), serviceAccountKey, { mode: 0o600 }),
  ]);
  return ca.certificate;
}
