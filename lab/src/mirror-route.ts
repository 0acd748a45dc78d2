/** Where requests for modules go: the first proxy of GOPROXY and the checksum database of GOSUMDB. */
export interface MirrorUpstreams {
  /** Without a trailing slash; nothing when GOPROXY names no server. */
  proxy?: string;
  sumdb?: { name: string; url: string };
}

/** What to do with a request. */
export type MirrorRoute =
  | {
      kind: 'forward';
      url: string;
      /** Where to go when `url` answers that it does not have such things. */
      otherwise?: string;
      limitBytes: number;
    }
  | { kind: 'supported' }
  | { kind: 'refused'; status: number; reason: string };

const mib = 1024 * 1024;

/**
 * The upstreams out of `go env GOPROXY` and `go env GOSUMDB`.
 *
 * @see https://go.dev/ref/mod#environment-variables
 */
export function parseUpstreams(env: { GOPROXY: string; GOSUMDB: string }): MirrorUpstreams {
  const proxy = env.GOPROXY.split(/[,|]/)
    .map((entry) => entry.trim())
    .find((entry) => /^https?:\/\//.test(entry));
  const [verifier = '', url] = env.GOSUMDB.trim().split(/\s+/);
  const name = verifier.split('+')[0] ?? '';
  return {
    ...(proxy !== undefined && { proxy: proxy.replace(/\/+$/, '') }),
    ...(name !== '' &&
      name !== 'off' && { sumdb: { name, url: (url ?? `https://${name}`).replace(/\/+$/, '') } }),
  };
}

/**
 * What to do with a GOPROXY request; the path is as it came, escaped.
 *
 * @see https://go.dev/ref/mod#goproxy-protocol
 */
export function routeOf(path: string, upstreams: MirrorUpstreams): MirrorRoute {
  if (!/^\/[\w./@!+~%-]+$/.test(path) || /\.\.|%2e|%2f|\/\//i.test(path)) {
    return { kind: 'refused', status: 400, reason: 'expected the path of a module file' };
  }
  if (path.startsWith('/sumdb/')) return routeOfSumdb(path, upstreams);
  if (!/\/@v\/[^/]+$|\/@latest$/.test(path)) return { kind: 'refused', status: 404, reason: 'no such file' };
  if (!upstreams.proxy) return { kind: 'refused', status: 404, reason: 'GOPROXY names no server' };
  return {
    kind: 'forward',
    url: upstreams.proxy + path,
    limitBytes: path.endsWith('.zip') ? 500 * mib : 16 * mib,
  };
}

/** Proxies may serve the checksum database too, and be the only way to it. @see https://go.dev/ref/mod#checksum-database */
function routeOfSumdb(path: string, { proxy, sumdb }: MirrorUpstreams): MirrorRoute {
  const prefix = `/sumdb/${sumdb?.name}/`;
  if (!sumdb || !path.startsWith(prefix))
    return { kind: 'refused', status: 404, reason: 'no such checksum database' };
  const rest = path.slice(prefix.length);
  if (rest === 'supported') return { kind: 'supported' };
  if (!/^(latest|lookup\/.+|tile\/.+)$/.test(rest))
    return { kind: 'refused', status: 404, reason: 'no such file' };
  const direct = `${sumdb.url}/${rest}`;
  const limitBytes = 4 * mib;
  return proxy === undefined
    ? { kind: 'forward', url: direct, limitBytes }
    : { kind: 'forward', url: proxy + path, otherwise: direct, limitBytes };
}
