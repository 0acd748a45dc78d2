import { expect, test } from 'vitest';
import { type HostEntry, planSandbox } from './plan-sandbox.ts';

const tree: Readonly<Record<string, readonly HostEntry[]>> = {
  '/': [
    { name: 'bin', kind: 'link', to: 'usr/bin' },
    { name: 'usr', kind: 'directory' },
    { name: 'home', kind: 'directory' },
  ],
  '/usr': [
    { name: 'bin', kind: 'directory' },
    { name: 'local', kind: 'directory' },
  ],
  '/usr/local': [{ name: 'share', kind: 'directory' }],
};
const host = { list: (path: string) => tree[path] ?? [] };
const bind = (path: string, source = path) => ({ kind: 'bind', source, target: path, writable: false });

test('shows the system and what is bound, nothing else', () => {
  expect(planSandbox([{ source: '/home/me/work', target: '/workspace', writable: true }], host)).toEqual([
    { kind: 'link', target: '/bin', to: 'usr/bin' },
    bind('/usr'),
    { kind: 'directory', target: '/workspace' },
    { kind: 'bind', source: '/home/me/work', target: '/workspace', writable: true },
  ]);
});

test('opens a directory of the system for a bind that has no place in it', () => {
  expect(planSandbox([{ source: '/cache/go', target: '/usr/local/go' }], host)).toEqual([
    { kind: 'link', target: '/bin', to: 'usr/bin' },
    { kind: 'directory', target: '/usr' },
    bind('/usr/bin'),
    { kind: 'directory', target: '/usr/local' },
    bind('/usr/local/share'),
    { kind: 'directory', target: '/usr/local/go' },
    bind('/usr/local/go', '/cache/go'),
  ]);
});

test('outer binds come first', () => {
  const binds = ['/a/b/c', '/a', '/a/b'].map((path) => ({ source: path, target: path, writable: true }));
  const order = planSandbox(binds, { list: () => [] }).flatMap((step) =>
    step.kind === 'bind' ? [step.target] : [],
  );
  expect(order).toEqual(['/a', '/a/b', '/a/b/c']);
});

test('opens what is bound for another bind that has no place in it: a toolchain of another platform in a module cache', () => {
  const cache: typeof tree = {
    '/mod': [
      { name: 'cache', kind: 'directory' },
      { name: 'golang.org', kind: 'directory' },
    ],
    '/mod/golang.org': [{ name: 'toolchain.linux', kind: 'directory' }],
  };
  const binds = (toolchain: string) => [
    { source: '/mod/golang.org/toolchain.linux', target: `/there/golang.org/${toolchain}` },
    { source: '/mod', target: '/there' },
  ];
  const plan = (toolchain: string) => planSandbox(binds(toolchain), { list: (path) => cache[path] ?? [] });
  expect(plan('toolchain.darwin')).toEqual([
    { kind: 'directory', target: '/there' },
    bind('/there/cache', '/mod/cache'),
    { kind: 'directory', target: '/there/golang.org' },
    bind('/there/golang.org/toolchain.linux', '/mod/golang.org/toolchain.linux'),
    { kind: 'directory', target: '/there/golang.org/toolchain.darwin' },
    bind('/there/golang.org/toolchain.darwin', '/mod/golang.org/toolchain.linux'),
  ]);
  expect(plan('toolchain.linux')).toContainEqual(bind('/there', '/mod'));
});
