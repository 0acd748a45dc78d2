import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { hubServer, isDockerHub } from './docker-hub.ts';
import type { Credentials } from './registry-authority.ts';

interface AuthEntry {
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
}

interface DockerConfig {
  readonly auths?: Readonly<Record<string, AuthEntry>>;
  readonly credsStore?: string;
  readonly credHelpers?: Readonly<Record<string, string>>;
}

async function readConfig(path: string): Promise<DockerConfig> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    // Without the file nobody has logged in.
    return {};
  }
  try {
    return JSON.parse(text) as DockerConfig;
  } catch {
    // The parser's own message quotes the text, which holds passwords.
    throw new GofleetError('oci.malformed-credentials', `${path}: expected JSON`, { facts: { path } });
  }
}

/** `user:password` in base 64. */
function decode(auth: string): Credentials {
  const [user = '', ...rest] = Buffer.from(auth, 'base64').toString('utf8').split(':');
  return { user, password: rest.join(':') };
}

const helperTimeoutMs = 20_000;

/** Asks a credential helper. @see https://github.com/docker/docker-credential-helpers "Development" */
function askHelper(name: string, registry: string): Promise<Credentials | undefined> {
  if (!/^[a-z0-9._-]+$/i.test(name)) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const child = execFile(
      `docker-credential-${name}`,
      ['get'],
      { timeout: helperTimeoutMs },
      (error, stdout) => {
        // It fails when it knows nothing of the registry, and then anybody asks.
        if (error) return resolve(undefined);
        try {
          const { Username: user, Secret: password } = JSON.parse(stdout) as Record<string, string>;
          resolve(user === undefined || password === undefined ? undefined : { user, password });
        } catch {
          resolve(undefined);
        }
      },
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(registry);
  });
}

/** Host and path (`/team`, or nothing) of a key, which may be written as an address: `https://registry.example/v1/`. */
function placeOf(key: string): { readonly host: string; readonly path: string } {
  const [, host = '', path = ''] = /^(?:https?:\/\/)?([^/]*)(.*)$/s.exec(key) ?? [];
  return { host, path: path.replace(/^\/v[12](?=\/|$)/, '').replace(/\/+$/, '') };
}

/** A star stands for characters of one part of a host's name. */
function matchesHost(pattern: string, registry: string): boolean {
  if (isDockerHub(pattern)) return isDockerHub(registry);
  const parts = pattern.split(/\*+/).map((part) => part.replace(/[^a-zA-Z0-9-]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^.:]*')}$`).test(registry);
}

/**
 * What is said of a repository, what counts most first: named hosts before patterns, then by length of path.
 * @see Kubernetes pkg/credentialprovider/keyring.go
 */
function entriesFor<T>(entries: Readonly<Record<string, T>>, registry: string, repository: string): T[] {
  return Object.entries(entries)
    .map(([key, entry]) => ({ ...placeOf(key), entry }))
    .filter(({ host, path }) => matchesHost(host, registry) && `/${repository}/`.startsWith(`${path}/`))
    .map((found) => ({ ...found, isPattern: found.host.includes('*') }))
    .sort((a, b) => Number(a.isPattern) - Number(b.isPattern) || b.path.length - a.path.length)
    .map(({ entry }) => entry);
}

function loginOf({ auth, username, password }: AuthEntry): Credentials | undefined {
  if (auth) return decode(auth);
  return username === undefined || password === undefined ? undefined : { user: username, password };
}

/**
 * Who `docker login`, or a Secret of the type `kubernetes.io/dockerconfigjson`, says asks a registry for a repository: by the helper that is
 * named for it, by `auths`, by the general helper.
 * @param directory - docker's folder, `~/.docker`
 * @throws `oci.malformed-credentials`
 */
export function dockerCredentials(
  directory: string,
): (registry: string, repository: string) => Promise<Credentials | undefined> {
  return async (registry, repository) => {
    const { auths = {}, credHelpers = {}, credsStore } = await readConfig(join(directory, 'config.json'));
    const server = isDockerHub(registry) ? hubServer : registry;
    const [helper] = entriesFor(credHelpers, registry, repository);
    if (helper !== undefined) return await askHelper(helper, server);
    // Docker leaves an entry without a login where a helper has it.
    const [login] = entriesFor(auths, registry, repository).flatMap((entry) => loginOf(entry) ?? []);
    return login ?? (credsStore === undefined ? undefined : await askHelper(credsStore, server));
  };
}
