import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import type { Credentials } from './registry-authority.ts';

interface DockerConfig {
  readonly auths?: Readonly<Record<string, { auth?: string; username?: string; password?: string }>>;
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

/**
 * Who `docker login` says asks a registry: by the helper that is named for it, by `auths`, by the general helper.
 * @param directory - docker's folder, `~/.docker`
 * @throws `oci.malformed-credentials`
 */
export function dockerCredentials(directory: string): (registry: string) => Promise<Credentials | undefined> {
  return async (registry) => {
    const { auths = {}, credHelpers = {}, credsStore } = await readConfig(join(directory, 'config.json'));
    const helper = credHelpers[registry];
    if (helper !== undefined) return await askHelper(helper, registry);
    const { auth, username, password } = auths[registry] ?? auths[`https://${registry}`] ?? {};
    if (auth) return decode(auth);
    if (username !== undefined && password !== undefined) return { user: username, password };
    return credsStore === undefined ? undefined : await askHelper(credsStore, registry);
  };
}
