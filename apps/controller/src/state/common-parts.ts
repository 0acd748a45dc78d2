import type { GoPod } from '@gofleet/inject/go-pod';
import type { Pod } from './pod.ts';

/** More are never held. To forget them all costs no more than that some are held twice for a while. */
const maxParts = 2000;

/** What objects have in common, held once: pods of one template, and what is said of them, differ in little. Nobody may change it. */
export class CommonParts {
  readonly #parts = new Map<string, unknown>();

  /** An equal value that is held already, else this one from now on. */
  share<T>(value: T): T {
    if (value === undefined) return value;
    const text = JSON.stringify(value);
    const known = this.#parts.get(text);
    if (known !== undefined) return known as T;
    if (this.#parts.size >= maxParts) this.#parts.clear();
    this.#parts.set(text, value);
    return value;
  }

  /** Each of the fields by itself. */
  #fields<T extends object>(object: T): T {
    return Object.fromEntries(
      Object.entries(object).map(([name, value]) => [
        name,
        typeof value === 'object' ? this.share(value) : value,
      ]),
    ) as T;
  }

  /** A stripped pod that shares what its template says. */
  ofPod({ metadata, spec, status = {} }: Pod): Pod {
    const { containerStatuses = [], ...more } = status;
    const { annotations, ...meta } = metadata;
    return {
      metadata: { ...this.#fields(meta), ...(annotations === undefined ? {} : { annotations }) },
      spec: this.#fields(spec),
      status: { ...more, containerStatuses: containerStatuses.map((each) => this.#fields(each)) },
    };
  }

  /** What decisions need of a GoPod; it shares what wishes say of many. */
  ofReport({ apiVersion, kind, metadata, containers, wishes }: GoPod): GoPod {
    const { name, namespace, resourceVersion, ownerReferences } = metadata;
    return {
      ...{ apiVersion, kind },
      metadata: {
        ...{ name, namespace },
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
        ...(ownerReferences === undefined ? {} : { ownerReferences }),
      },
      ...(containers === undefined ? {} : { containers }),
      ...(wishes === undefined ? {} : { wishes: this.share(wishes) }),
    };
  }
}
