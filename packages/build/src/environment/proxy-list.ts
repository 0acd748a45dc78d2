/** The entries of a GOPROXY list with the sign that follows each: `,` goes on only when a module is not found, `|` always. */
function entriesOf(goproxy: string): { readonly name: string; readonly separator: string }[] {
  return [...goproxy.matchAll(/([^,|]+)([,|]?)/g)].map(([, name = '', separator = '']) => ({
    name: name.trim(),
    separator,
  }));
}

/** Whether a GOPROXY list lets the `go` command ask version control hosts. */
export function hasDirect(goproxy: string): boolean {
  return entriesOf(goproxy).some(({ name }) => name === 'direct');
}

/** A GOPROXY list without `direct`; as it is when nothing else is in it. @see Go cmd/go/internal/modfetch proxyList (go1.26) */
export function withoutDirect(goproxy: string): string {
  const kept = entriesOf(goproxy).filter(({ name }) => name !== 'direct');
  if (kept.length === 0) return goproxy;
  return kept
    .map(({ name, separator }, index) => (index === kept.length - 1 ? name : `${name}${separator}`))
    .join('');
}
