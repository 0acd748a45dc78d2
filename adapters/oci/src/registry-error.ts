import { GofleetError } from '@gofleet/base/errors';

/** What was asked of a registry. */
export interface RegistryRequest {
  readonly registry: string;
  readonly method: string;
  /** Below `/v2/`. */
  readonly path: string;
}

/** The first reason that a registry gives in an error's body. @see OCI distribution specification, "Error Codes" */
function reasonIn(body: string): string {
  try {
    const { errors } = JSON.parse(body) as { errors?: readonly { code?: string; message?: string }[] };
    const { code = '', message = '' } = errors?.[0] ?? {};
    return [code, message].filter(Boolean).join(': ').slice(0, 300);
  } catch {
    return '';
  }
}

const kinds: Readonly<Record<number, readonly [string, string]>> = {
  401: ['oci.registry-unauthorised', 'asks for a login'],
  403: ['oci.registry-unauthorised', 'refuses access'],
  404: ['oci.not-in-registry', 'does not have it'],
};

/** What a registry's answer means that is no success. */
export function registryRefusal(
  { registry, method, path }: RegistryRequest,
  { status, body }: { readonly status: number; readonly body: string },
): GofleetError {
  const [code, says] = kinds[status] ?? ['oci.registry-refused', `answers with status ${status}`];
  const reason = reasonIn(body);
  return new GofleetError(
    code,
    `registry ${registry} ${says}${reason === '' ? '' : ` (${reason})`}: ${method} ${path}`,
    {
      facts: { registry, method, path, status },
      retry: status === 429 || status >= 500 ? 'later' : 'never',
      ...(code === 'oci.registry-unauthorised' ? { hint: `log in first: docker login ${registry}` } : {}),
    },
  );
}

/** The network's own reason, which `fetch` keeps as the cause. */
function networkReason(thrown: unknown): string {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    const { code } = error as NodeJS.ErrnoException;
    if (error.name === 'TimeoutError') return 'no answer in time';
    if (typeof code === 'string') return `${code}${error.message === '' ? '' : ` (${error.message})`}`;
  }
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** No answer came, or it broke off. */
export function registryUnreachable(
  { registry, method, path }: RegistryRequest,
  cause: unknown,
): GofleetError {
  return new GofleetError(
    'oci.registry-unreachable',
    `registry ${registry} cannot be reached: ${networkReason(cause)}`,
    {
      facts: { registry, method, path },
      retry: 'later',
      hint: 'check the host name and the network; registries without TLS are asked on this machine only, or with --plain-http',
      cause,
    },
  );
}
