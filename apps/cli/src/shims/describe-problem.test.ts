import { expect, test } from 'vitest';
import { describeProblem } from './describe-problem.ts';
import type { GoAnswer } from './resolve-go.ts';

const nothing: GoAnswer = {
  resolution: {
    directory: '/m',
    wish: undefined,
    winner: undefined,
    considered: [],
    findings: [],
    watched: [],
  },
  target: undefined,
  missing: undefined,
  reason: undefined,
  watched: [],
  path: undefined,
};
const reason = {
  source: 'mise',
  because: '',
  file: '/m/mise.toml',
  line: 2,
  text: 'go = "ref:main"',
} as const;

test('no Go at all', () => {
  expect(describeProblem(nothing)).toBe(
    'there is no Go: none in PATH, none installed; install one: gofleet toolchain install stable',
  );
});

test('a constraint is quoted for the shell that it will be pasted into', () => {
  const text = describeProblem({
    ...nothing,
    missing: '>=1.98 <1.99',
    reason: { ...reason, text: 'go = "~1.98"' },
  });
  expect(text).toBe(
    'a Go release >=1.98 <1.99 is not installed; /m/mise.toml:2 wants it: go = "~1.98"; install it: gofleet toolchain install ">=1.98 <1.99"',
  );
});

test('what no rule of ours knows is shown', () => {
  expect(describeProblem({ ...nothing, reason })).toBe(
    '/m/mise.toml:2 says what no rule of ours knows: go = "ref:main"',
  );
});

test('a refusal names its place', () => {
  const finding = {
    code: 'declare.go-refuses',
    severity: 'error',
    message: 'the go command refuses to run',
  } as const;
  const findings = [{ ...finding, facts: { file: '/m/go.mod', line: 5 } }];
  const text = describeProblem({ ...nothing, resolution: { ...nothing.resolution, findings } });
  expect(text).toBe('/m/go.mod:5: the go command refuses to run; look at: gofleet why');
});
