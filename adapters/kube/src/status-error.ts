import { GofleetError, type Retry } from '@gofleet/base/errors';

/** Where a request went: never its headers, never its body. */
export interface RequestFacts {
  readonly method: string;
  readonly path: string;
}

interface Kind {
  readonly code: string;
  readonly retry: Retry;
  readonly hint?: string;
}

const kinds: Readonly<Record<number, Kind>> = {
  400: { code: 'kube.bad-request', retry: 'never' },
  401: { code: 'kube.unauthorized', retry: 'later', hint: 'check the credentials of the kubeconfig context' },
  403: {
    code: 'kube.forbidden',
    retry: 'later',
    hint: 'ask for the RBAC rule, or see "kubectl auth can-i --list"',
  },
  404: { code: 'kube.not-found', retry: 'never' },
  409: { code: 'kube.conflict', retry: 'later' },
  410: { code: 'kube.gone', retry: 'later' },
  422: { code: 'kube.invalid', retry: 'never' },
  429: { code: 'kube.too-many-requests', retry: 'later' },
};

function kindOf(status: number, reason: string | undefined): Kind {
  if (status === 409 && reason === 'AlreadyExists') return { code: 'kube.already-exists', retry: 'never' };
  return (
    kinds[status] ??
    (status >= 500
      ? { code: 'kube.unavailable', retry: 'later' }
      : { code: 'kube.unexpected-status', retry: 'never' })
  );
}

function parseStatus(text: string): { message?: string; reason?: string } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return { message: text };
  }
}

/** The error that an answer of the API server stands for; its message is bounded to 500 characters of the server's own. */
export function statusError(
  request: RequestFacts,
  answer: { status: number; body: string; retryAfterS?: number },
): GofleetError {
  const { message = '', reason } = parseStatus(answer.body);
  const { code, retry, hint } = kindOf(answer.status, typeof reason === 'string' ? reason : undefined);
  const said = String(message).slice(0, 500).trim();
  return new GofleetError(
    code,
    `${request.method} ${request.path} was answered with ${answer.status}${said === '' ? '' : `: ${said}`}`,
    {
      retry,
      facts: {
        ...request,
        status: answer.status,
        ...(answer.retryAfterS === undefined ? {} : { retryAfterS: answer.retryAfterS }),
      },
      ...(hint === undefined ? {} : { hint }),
    },
  );
}

/** The error of a request that got no answer: refused, reset, timed out, or the server's certificate is not trusted. */
export function unreachableError(request: RequestFacts, cause: unknown): GofleetError {
  const { code, message } = cause as { code?: string; message?: string };
  const isTls = /CERT|SELF_SIGNED|SIGNATURE|ALTNAME/.test(code ?? '');
  return new GofleetError(
    isTls ? 'kube.untrusted-server' : 'kube.unreachable',
    `${request.method} ${request.path} got no answer: ${code ?? ''} ${(message ?? String(cause)).slice(0, 200)}`.trim(),
    {
      retry: 'later',
      facts: { ...request },
      cause,
      hint: isTls
        ? 'the kubeconfig names another certificate authority than the server has'
        : 'check that the API server of the chosen context is up',
    },
  );
}
