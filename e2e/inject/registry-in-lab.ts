import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { labLoad, labTrustRegistry } from '@gofleet/lab/lab';
import { packDockerArchive } from '@gofleet/oci/docker-archive';
import { listSharedLibraries } from 'gofleet/image/shared-libraries';
import { ensureInstalled } from '../identify/debian-tools.ts';
import type { Fleet } from './fleet.ts';
import { waitUntil } from './wait-until.ts';

const run = promisify(execFile);

/** A registry in a lab that speaks TLS with an authority of its own, and asks for a password. */
export interface RegistryInLab {
  /** Host and port, for the lab's node and its pods. */
  readonly registry: string;
  /** A `kubernetes.io/dockerconfigjson` Secret `login` for it; with the authority in `ca.crt`. */
  readonly login: object;
  /** Likewise `stale-login`, with a password that was changed since. */
  readonly staleLogin: object;
}

const [namespace, address, port] = ['registry', '10.96.0.50', 5000];
const image = 'gofleet.dev/e2e/registry:1';
const labels = { app: 'registry' };
/** bcrypt of `secret`. */
const users = 'fleet:$2b$05$zg63Pv9BYaCUMDWryoQZDOUJzsXVLUnr50NbT8rs4EG62DCEY2QM2\n';

const config = {
  ...{ version: '0.1', log: { level: 'error' }, storage: { filesystem: { rootdirectory: '/data' } } },
  http: { addr: `:${port}`, tls: { certificate: '/tls.crt', key: '/tls.key' } },
  auth: { htpasswd: { realm: 'lab', path: '/users' } },
};

async function writeCertificate(dir: string): Promise<{ crt: string; key: string }> {
  const [crt, key] = [join(dir, 'tls.crt'), join(dir, 'tls.key')];
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', crt],
    ...['-subj', '/CN=registry', '-addext', `subjectAltName=IP:${address}`],
  ]);
  return { crt, key };
}

async function loadImage(lab: string, dir: string, { crt, key }: { crt: string; key: string }) {
  const program = await ensureInstalled('/usr/bin/docker-registry', 'docker-registry');
  const tar = join(dir, 'registry.tar');
  const files = [
    ...(await listSharedLibraries([program])),
    { path: '/registry', source: program, mode: 0o755 },
    { path: '/tls.crt', source: crt, mode: 0o644 },
    { path: '/tls.key', source: key, mode: 0o644 },
    { path: '/users', bytes: users, mode: 0o644 },
    { path: '/config.json', bytes: JSON.stringify(config), mode: 0o644 },
  ];
  const entrypoint = ['/registry', 'serve', '/config.json'];
  await packDockerArchive({ repoTag: image, entrypoint, files }, tar);
  await labLoad(lab, [tar]);
}

function renderLogin(ca: string, name: string, password: string): object {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const auths = { [`${address}:${port}`]: { auth: base64(`fleet:${password}`) } };
  return {
    metadata: { name },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': base64(JSON.stringify({ auths })), 'ca.crt': base64(ca) },
  };
}

/** Starts a registry in the fleet's lab, and has the lab's node trust it. */
export async function startRegistryInLab({ lab, client }: Fleet): Promise<RegistryInLab> {
  const dir = await mkdtemp(join(tmpdir(), 'gofleet-e2e-registry-'));
  const certificate = await writeCertificate(dir);
  await loadImage(lab.name, dir, certificate);
  const ca = await readFile(certificate.crt, 'utf8');
  await rm(dir, { recursive: true });
  const registry = `${address}:${port}`;
  await labTrustRegistry(lab, registry, ca);
  await client.create('/api/v1/namespaces', { metadata: { name: namespace } });
  await client.create(`/api/v1/namespaces/${namespace}/pods`, {
    metadata: { name: 'registry', labels },
    spec: {
      containers: [
        {
          ...{ name: 'registry', image, imagePullPolicy: 'IfNotPresent' },
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      ],
      volumes: [{ name: 'data', emptyDir: {} }],
    },
  });
  await client.create(`/api/v1/namespaces/${namespace}/services`, {
    metadata: { name: 'registry' },
    spec: { clusterIP: address, selector: labels, ports: [{ port, protocol: 'TCP' }] },
  });
  await waitUntil('the registry to run', async () => {
    const path = `/api/v1/namespaces/${namespace}/pods/registry`;
    const { status } = await client.get<{ status?: { phase?: string } }>(path);
    return status?.phase === 'Running';
  });
  return {
    registry,
    login: renderLogin(ca, 'login', 'secret'),
    staleLogin: renderLogin(ca, 'stale-login', 'last year'),
  };
}
