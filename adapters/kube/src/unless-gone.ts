import { isGofleetError } from '@gofleet/base/errors';

/** The answer, or `undefined` when the object or its whole kind is not there. */
export async function unlessGone<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (thrown) {
    if (isGofleetError(thrown) && thrown.code === 'kube.not-found') return undefined;
    throw thrown;
  }
}
