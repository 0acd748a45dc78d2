/**
 * A path inside a container as its runtime takes it: absolute, without `.`, `..` and repeated or last slashes. The API server accepts any
 * text, and what a pod calls `app/../etc/` is mounted at `/etc`.
 * @see Kubernetes pkg/kubelet/kubelet_pods.go makeMounts, MakeAbsolutePath (1.36)
 */
export function cleanPath(path: string): string {
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return `/${names.join('/')}`;
}

/** Whether a clean path is a clean folder or lies in it. */
export function isAtOrBelow(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`);
}
