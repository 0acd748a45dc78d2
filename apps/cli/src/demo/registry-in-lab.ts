import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '@gofleet/inject/manifest';
import type { KubeClient } from '@gofleet/kube/client';
import { type LabState, labExec, labLoad, labProgram, labTrustRegistry } from '@gofleet/lab/lab';
import { createAuthority, type KeyPair } from '@gofleet/lab/pki';
import { packDockerArchive } from '@gofleet/oci/docker-archive';
import { listSharedLibraries } from '../image/shared-libraries.ts';
import { waitFor } from '../wait-for.ts';

type Login = Manifest & { readonly data: Readonly<Record<'.dockerconfigjson' | 'ca.crt', string>> };

/** A registry in a lab that speaks TLS with an authority of its own, and asks for a password. */
export interface RegistryInLab {
  /** Host and port, for the lab's node and its pods. */
  readonly registry: string;
  /** A `kubernetes.io/dockerconfigjson` Secret `login` for it; with the authority in `ca.crt`. */
  readonly login: Login;
  /** Likewise `stale-login`, with a password that was changed since. */
  readonly staleLogin: Login;
}

const [namespace, address, port] = ['registry', '10.96.0.50', 5000];
const image = 'gofleet.dev/lab/registry:1';
const labels = { app: 'registry' };
/** bcrypt of `secret`. */
const users = 'fleet:$2b$05$zg63Pv9BYaCUMDWryoQZDOUJzsXVLUnr50NbT8rs4EG62DCEY2QM2\n';

const config = {
  ...{ version: '0.1', log: { level: 'error' }, storage: { filesystem: { rootdirectory: '/data' } } },
  http: { addr: `:${port}`, tls: { certificate: '/tls.crt', key: '/tls.key' } },
  auth: { htpasswd: { realm: 'lab', path: '/users' } },
};

async function loadImage(lab: string, serving: KeyPair): Promise<void> {
  const program = await labProgram({ program: 'docker-registry', package: 'docker-registry' });
  const dir = await mkdtemp(join(tmpdir(), 'gofleet-registry-'));
  try {
    const tar = join(dir, 'registry.tar');
    const files = [
      ...(await listSharedLibraries([program])),
      { path: '/registry', source: program, mode: 0o755 },
      { path: '/tls.crt', bytes: serving.certificate, mode: 0o644 },
      { path: '/tls.key', bytes: serving.key, mode: 0o644 },
      { path: '/users', bytes: users, mode: 0o644 },
      { path: '/config.json', bytes: JSON.stringify(config), mode: 0o644 },
    ];
    await packDockerArchive(
      { repoTag: image, entrypoint: ['/registry', 'serve', '/config.json'], files },
      tar,
    );
    await labLoad(lab, [tar]);
  } finally {
    await rm(dir, { recursive: true });
  }
}

function renderLogin(
  registry: string,
  ca: string,
  { name, password }: { name: string; password: string },
): Login {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const auths = { [registry]: { auth: base64(`fleet:${password}`) } };
  return {
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name } },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': base64(JSON.stringify({ auths })), 'ca.crt': base64(ca) },
  };
}

async function createObjects(client: KubeClient): Promise<void> {
  const container = {
    ...{ name: 'registry', image, imagePullPolicy: 'IfNotPresent' },
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
  };
  const objects = `/api/v1/namespaces/${namespace}`;
  await client.create('/api/v1/namespaces', { metadata: { name: namespace } });
  await client.create(`${objects}/pods`, {
    metadata: { name: 'registry', labels },
    spec: {
      // A new namespace has no token yet, and old releases refuse its pods until then.
      ...{ automountServiceAccountToken: false, containers: [container] },
      volumes: [{ name: 'data', emptyDir: {} }],
    },
  });
  await client.create(`${objects}/services`, {
    metadata: { name: 'registry' },
    spec: { clusterIP: address, selector: labels, ports: [{ port, protocol: 'TCP' }] },
  });
}

const knock = `require('node:net').connect(${port}, '${address}').once('connect', () => process.exit(0))`;

/** As the lab's node reaches it: that its container runs does not mean that its address leads there yet. */
async function answers(lab: string): Promise<true | undefined> {
  const { code } = await labExec(lab, [process.execPath, '-e', knock]);
  return code === 0 ? true : undefined;
}

/** Starts a registry in a lab, and has the lab's node trust it. */
export async function startRegistryInLab({
  lab,
  client,
}: {
  readonly lab: Pick<LabState, 'name' | 'dir'>;
  readonly client: KubeClient;
}): Promise<RegistryInLab> {
  const authority = await createAuthority('lab-registries', new Date());
  await loadImage(lab.name, await authority.issue({ commonName: address, names: [address] }));
  const registry = `${address}:${port}`;
  await labTrustRegistry(lab, registry, authority.certificate);
  await createObjects(client);
  await waitFor({ what: 'the registry to answer', timeoutMs: 120_000, probe: () => answers(lab.name) });
  const render = (name: string, password: string): Login =>
    renderLogin(registry, authority.certificate, { name, password });
  return { registry, login: render('login', 'secret'), staleLogin: render('stale-login', 'last year') };
}
