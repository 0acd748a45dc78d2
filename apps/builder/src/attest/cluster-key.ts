import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import type { SigningKey } from '@gofleet/build/ports';
import { generateKey, parseSigningKey } from '@gofleet/filesystem/pem-keys';
import { inCluster } from '@gofleet/inject/in-cluster';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';

/** A Secret or a ConfigMap. */
interface Holder extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

type Client = Pick<KubeClient, 'get' | 'update'>;

const { namespace, signingSecret, signingKeys, signingKeyName } = inCluster;
const secretPath = `/api/v1/namespaces/${namespace}/secrets/${signingSecret}`;
const publicPath = `/api/v1/namespaces/${namespace}/configmaps/${signingKeys}`;
const place = `Secret ${namespace}/${signingSecret}, ${signingKeyName}`;

/** @throws `builder.no-signing-key`, and what the client throws */
async function getHolder(client: Client, path: string): Promise<Holder> {
  try {
    return await client.get<Holder>(path);
  } catch (thrown) {
    if (!isGofleetError(thrown) || thrown.code !== 'kube.not-found') throw thrown;
    throw new GofleetError('builder.no-signing-key', `${path}: it is not there`, {
      facts: { path },
      retry: 'later',
      hint: 'gofleet install makes it again',
      cause: thrown,
    });
  }
}

/** The text of the private key; a new one where the Secret is empty. Of two writers the API server lets one pass. */
async function readOrMakeKey(client: Client): Promise<string> {
  const secret = await getHolder(client, secretPath);
  const known = secret.data?.[signingKeyName];
  if (known !== undefined && known !== '') return Buffer.from(known, 'base64').toString('utf8');
  const { privateKey } = generateKey('ed25519');
  const data = { ...secret.data, [signingKeyName]: Buffer.from(privateKey).toString('base64') };
  await client.update(secretPath, { ...secret, data });
  return privateKey;
}

/** Keys that signed once stay known: what they signed is still there. */
async function tellPublicKey(client: Client, keyId: string, publicKey: string): Promise<void> {
  const known = await getHolder(client, publicPath);
  const name = `${keyId}.pub`;
  if (known.data?.[name] === publicKey) return;
  await client.update(publicPath, { ...known, data: { ...known.data, [name]: publicKey } });
}

/**
 * The key of a cluster, read anew each time: whoever changes the Secret changes who signs next. Its public half is told in a ConfigMap
 * before anything is signed with it.
 * @throws `builder.no-signing-key`, `attest.unreadable-key`, `attest.wrong-key`, and what the client throws
 */
export async function openClusterKey(client: Client): Promise<SigningKey> {
  const { publicKey, ...key } = parseSigningKey(place, await readOrMakeKey(client));
  await tellPublicKey(client, key.keyId, publicKey);
  return key;
}
