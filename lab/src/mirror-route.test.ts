import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseUpstreams, routeOf } from './mirror-route.ts';

const upstreams = { proxy: 'https://proxy.test', sumdb: { name: 'sum.test', url: 'https://sum.test' } };

test('the upstreams are the first server of GOPROXY and the database of GOSUMDB', () => {
  expect(parseUpstreams({ GOPROXY: 'direct,https://a.test/|https://b.test', GOSUMDB: 'sum.test' })).toEqual({
    proxy: 'https://a.test',
    sumdb: { name: 'sum.test', url: 'https://sum.test' },
  });
  expect(parseUpstreams({ GOPROXY: 'off', GOSUMDB: 'off' })).toEqual({});
  expect(parseUpstreams({ GOPROXY: 'direct', GOSUMDB: 'sum.test+1a+key https://mirror.test/sum/' })).toEqual({
    sumdb: { name: 'sum.test', url: 'https://mirror.test/sum' },
  });
});

test('module files and checksums are passed on, with a bound', () => {
  expect(routeOf('/golang.org/x/mod/@v/v0.20.0.zip', upstreams)).toEqual({
    kind: 'forward',
    url: 'https://proxy.test/golang.org/x/mod/@v/v0.20.0.zip',
    limitBytes: 500 * 1024 * 1024,
  });
  expect(routeOf('/github.com/!azure/x/@latest', upstreams)).toMatchObject({
    url: 'https://proxy.test/github.com/!azure/x/@latest',
  });
  expect(routeOf('/sumdb/sum.test/lookup/golang.org/x/mod@v0.20.0', upstreams)).toMatchObject({
    url: 'https://proxy.test/sumdb/sum.test/lookup/golang.org/x/mod@v0.20.0',
    otherwise: 'https://sum.test/lookup/golang.org/x/mod@v0.20.0',
  });
  expect(routeOf('/sumdb/sum.test/latest', { sumdb: upstreams.sumdb })).toMatchObject({
    url: 'https://sum.test/latest',
  });
  expect(routeOf('/sumdb/sum.test/supported', upstreams)).toEqual({ kind: 'supported' });
});

test('anything else is refused', () => {
  for (const path of [
    '/',
    '/etc/passwd',
    '/a/@v/../../x',
    '/a/%2e%2e/@latest',
    '//evil.test/@latest',
    '/a@evil/@v/',
    '/sumdb/other/latest',
    '',
  ]) {
    expect(routeOf(path, upstreams).kind).toBe('refused');
  }
  expect(routeOf('/a/@latest', {})).toMatchObject({ kind: 'refused', status: 404 });
});

test('no path leads to another server', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('', '/@latest', '/@v/list', '/@v/v1.0.0.zip'), (text, end) => {
      const route = routeOf(`/${text}${end}`, upstreams);
      if (route.kind === 'forward') expect(['proxy.test', 'sum.test']).toContain(new URL(route.url).hostname);
    }),
  );
});
