import { object, oneOf, type Schema, text } from '../install/schema.ts';

/** Wished for pods that build: a container beside the others that runs `go build`, `vet` and `test` for them. */
export interface SandboxSpec {
  /** The pod's volume that holds what is built; nothing else is seen. */
  readonly volume: string;
  /** Go releases to offer; default `runtime.goVersion`. */
  readonly goVersions?: readonly string[];
  /** GOPROXY and GOSUMDB of the sandbox; Go's own defaults when absent. */
  readonly goproxy?: string;
  readonly gosumdb?: string;
  /** As of a container. Default: 100m and 256Mi wanted, 4Gi at most. */
  readonly resources?: {
    readonly requests?: Readonly<Record<string, string>>;
    readonly limits?: Readonly<Record<string, string>>;
  };
  /** `Native`: an init container that goes on, from Kubernetes 1.29 on; `Classic`: one among the others. By the API server when absent. */
  readonly container?: 'Native' | 'Classic';
}

/** What `parseQuantity` reads, and is not negative. */
const quantity = '^[+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,3})?$';

const quantities: Schema = {
  type: 'object',
  additionalProperties: text(undefined, { maxLength: 32, pattern: quantity }),
};

/** The schema of `SandboxSpec`. */
export const sandboxSchema: Schema = {
  description: 'A container beside the others that runs go build, go vet and go test for them.',
  ...object(
    {
      volume: text("The pod's volume that holds what is built; nothing else is seen.", { minLength: 1 }),
      goVersions: {
        description: 'Go releases to offer; runtime.goVersion when absent.',
        type: 'array',
        minItems: 1,
        maxItems: 8,
        items: text(undefined, { minLength: 1, maxLength: 120, pattern: '^[0-9a-z.<>=!, ]+$' }),
        'x-kubernetes-list-type': 'atomic',
      },
      goproxy: text('GOPROXY of the sandbox.', { maxLength: 2048 }),
      gosumdb: text('GOSUMDB of the sandbox.', { maxLength: 512 }),
      resources: {
        description: 'As of a container.',
        ...object({ requests: quantities, limits: quantities }),
      },
      container: oneOf(['Native', 'Classic'], {
        description:
          'Native: an init container that goes on, Kubernetes 1.29 and newer; Classic: one among the others. By the API server when absent.',
      }),
    },
    ['volume'],
  ),
};
