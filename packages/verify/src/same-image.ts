const digest = /sha256:[0-9a-f]{64}$/;

/**
 * Whether two `imageID`s name the same image. A repository digest and a bare image ID cannot be compared: nodes that pulled an image
 * and nodes that were given it report different kinds, and those count as the same.
 */
export function isSameImage(a: string, b: string): boolean {
  if (a === b) return true;
  const [left, right] = [a, b].map((id) => ({
    digest: digest.exec(id)?.[0],
    isRepository: id.includes('@'),
  }));
  if (left?.digest === undefined || right?.digest === undefined) return false;
  return left.digest === right.digest || left.isRepository !== right.isRepository;
}
