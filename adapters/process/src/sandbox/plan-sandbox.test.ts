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
  const binds = ['/a/b/c', '/a', '/a/b'].map((path) => ({ source: path, target: path }));
  const order = planSandbox(binds, { list: () => [] }).flatMap((step) =>
    step.kind === 'bind' ? [step.target] : [],
  );
  expect(order).toEqual(['/a', '/a/b', '/a/b/c']);
});
