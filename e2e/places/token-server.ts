import { execFileSync } from 'node:child_process';
import { createSign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** Gives out tokens that a registry trusts, to one user. */
export interface TokenServer {
  readonly realm: string;
  /** The certificate that the registry is told to trust. */
  readonly certificate: string;
  /** How many tokens were given out. */
  tokens(): number;
  close(): void;
}

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A signed token that permits what a scope (`repository:NAME:pull,push`) asks for. @see https://distribution.github.io/distribution/spec/auth/jwt/ */
function signToken(scope: string, keys: { key: string; chain: string }): string {
  const [type = '', name = '', actions = ''] = scope.split(':');
  const now = Math.floor(Date.now() / 1000);
  const header = base64url({ typ: 'JWT', alg: 'RS256', x5c: [keys.chain] });
  const claims = base64url({
    ...{ iss: 'tokens.test', aud: 'registry.test', sub: 'reader', jti: String(now) },
    ...{ nbf: now - 10, iat: now, exp: now + 300 },
    access: scope === '' ? [] : [{ type, name, actions: actions.split(',') }],
  });
  const signature = createSign('RSA-SHA256').update(`${header}.${claims}`).sign(keys.key, 'base64url');
  return `${header}.${claims}.${signature}`;
}

/** Starts a token server on this machine; `user` is `name:password`. */
export async function startTokenServer(dir: string, user: string): Promise<TokenServer> {
  const [keyFile, certificate] = [join(dir, 'token.key'), join(dir, 'token.crt')];
  const subject = ['-subj', '/CN=tokens.test', '-days', '2'];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', keyFile, '-out', certificate],
      ...subject,
    ],
    { stdio: 'ignore' },
  );
  const chain = readFileSync(certificate, 'utf8').replace(/-----[^-]+-----|\s/g, '');
  const keys = { key: readFileSync(keyFile, 'utf8'), chain };
  let given = 0;
  const server: Server = createServer((request, response) => {
    const isUser = request.headers.authorization === `Basic ${Buffer.from(user).toString('base64')}`;
    const { searchParams } = new URL(request.url ?? '/', 'http://tokens.test');
    given += isUser ? 1 : 0;
    response.writeHead(isUser ? 200 : 401, { 'content-type': 'application/json' });
    response.end(isUser ? JSON.stringify({ token: signToken(searchParams.get('scope') ?? '', keys) }) : '{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ realm: `http://127.0.0.1:${port}/token`, certificate },
    tokens: () => given,
    close: () => server.close(),
  };
}
