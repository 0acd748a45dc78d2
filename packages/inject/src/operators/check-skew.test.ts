import { makeBinary, makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explainInjection } from '../admission/explain-injection.ts';
import { planBuilds } from '../builds/plan-builds.ts';
import { checkPreflight } from '../preflight/preflight.ts';
import { checkSkew, skewRefusal } from './check-skew.ts';
import { findOperator, renderOperator, withoutOtherModules } from './find-operator.ts';

const image = 'example.com/operator:v1';
const buildInfo = `path\texample.com/operator
mod\texample.com/operator\tv1.0.0\th1:x=
dep\tgithub.com/operator-framework/operator-lib\tv0.17.0\th1:x=
dep\tk8s.io/client-go\tv0.33.0\th1:x=
dep\tsigs.k8s.io/controller-runtime\tv0.21.0\th1:x=
`;
const binary = makeBinary(image, { goVersion: 'go1.24.3', buildInfo });
const operator = findOperator(binary);

test('what an operator was built on is in its module list', () => {
  expect(operator && renderOperator(operator)).toBe(
    'controller-runtime v0.21.0, client-go v0.33.0 (Kubernetes 1.33), operator-lib v0.17.0',
  );
  expect(operator?.needs).toEqual({ go: '1.24.0', module: 'sigs.k8s.io/controller-runtime v0.21.0' });
  expect(findOperator(makeBinary(image))).toBeUndefined();
});

test('a replaced module counts as what it was replaced by; an unknown release needs nothing that is known', () => {
  const forked = `${buildInfo.split('\n')[0]}\ndep\tk8s.io/client-go\tv0.33.0\n=>\tk8s.io/client-go\tv0.99.0\th1:x=\n`;
  expect(findOperator(makeBinary(image, { buildInfo: forked }))).toEqual({
    ...{ clientGo: 'v0.99.0', kubernetesMinor: 99, framework: [] },
  });
});

test.each([
  ['go1.27.1', 33, []],
  ['go1.26.8', 34, []],
  ['go1.23.4', 33, ['GoTooOld', 'GoUnsupported']],
  ['go1.24.3', 33, ['GoUnsupported']],
  ['go1.27.1', 36, ['ClusterSkew']],
  ['go1.27.1', undefined, []],
])('%s on Kubernetes 1.%s', (target, clusterMinor, reasons) => {
  if (!operator) throw new Error('no operator');
  const skews = checkSkew(operator, { target, ...(clusterMinor === undefined ? {} : { clusterMinor }) });
  expect(skews.map(({ reason }) => reason)).toEqual(reasons);
});

function wish(outsideSkew?: 'Warn') {
  return makeRuntime({
    spec: { runtime: { goVersion: '1.23' }, ...(outsideSkew ? { outsideSkew } : {}) },
    status: { resolution: { requested: '1.23', goVersion: 'go1.23.4' }, binaries: [binary] },
  });
}
const template = {
  metadata: { labels: { app: 'operator' } },
  spec: { containers: [{ name: 'manager', image }] },
};
const ports = { targetOf: () => 'go1.23.4', recipeOf: () => 'a'.repeat(64) };

test('a Go that a module refuses is not tried, unless the wish asks for it', () => {
  const reason =
    'sigs.k8s.io/controller-runtime v0.21.0 needs Go 1.24.0 or newer, the wish is go1.23.4; spec.outsideSkew: Warn has it tried all the same';
  expect(skewRefusal(wish(), binary, 'go1.23.4')).toBe(reason);
  expect(planBuilds([wish()], ports).size).toBe(0);
  expect(planBuilds([wish('Warn')], ports).size).toBe(1);
  const outcome = (runtime = wish()) => explainInjection(template, [runtime]).containers[0];
  expect(outcome()).toMatchObject({ outcome: 'refused', reasons: [`/manager: ${reason}`] });
  expect(outcome(wish('Warn'))?.outcome).toBe('waiting');
});

test('preflight says what an operator was built on, and what is outside', () => {
  const objects = [{ kind: 'Deployment', namespace: 'demo', name: 'operator', template }];
  const result = checkPreflight({ namespace: 'demo', objects, runtimes: [wish('Warn')], isWhole: true });
  const found = result.objects[0]?.findings.map(({ code, message }) => `${code}: ${message}`) ?? [];
  expect(found).toContainEqual(
    'preflight.outside-skew: /manager: sigs.k8s.io/controller-runtime v0.21.0 needs Go 1.24.0 or newer, the wish is go1.23.4',
  );
  expect(found).toContainEqual(
    expect.stringMatching(/^preflight\.built-on: .*Kubernetes 1\.33.* with go1\.24\.3$/),
  );
});

test('any build info is no operator or one, never a crash', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (before, version) => {
      findOperator(makeBinary(image, { buildInfo: `${before}\ndep\tk8s.io/client-go\t${version}\n` }));
    }),
  );
});

test('without other modules a program is the same operator, with the same settings', () => {
  const dep = fc.record({
    path: fc.constantFrom(
      'k8s.io/client-go',
      'sigs.k8s.io/controller-runtime',
      'github.com/operator-framework/operator-lib',
      'k8s.io/client-go/v2',
      'example.com/other',
    ),
    replace: fc.option(fc.constantFrom('k8s.io/client-go', 'example.com/fork'), { nil: undefined }),
    minor: fc.nat(40),
  });
  const settings = 'build\tGOOS=linux\nbuild\tDefaultGODEBUG=panicnil=1\n';
  fc.assert(
    fc.property(fc.array(dep, { maxLength: 6 }), (deps) => {
      const lines = deps.flatMap(({ path, replace, minor }) => [
        `dep\t${path}\tv0.${minor}.0${replace === undefined ? '\th1:x=' : ''}\n`,
        ...(replace === undefined ? [] : [`=>\t${replace}\tv0.${minor + 1}.0\th1:x=\n`]),
      ]);
      const text = `path\texample.com/operator\nmod\texample.com/operator\tv1.0.0\n${lines.join('')}${settings}`;
      const lean = withoutOtherModules(text);
      expect(findOperator({ ...binary, buildInfo: lean })).toEqual(
        findOperator({ ...binary, buildInfo: text }),
      );
      expect(lean.endsWith(settings)).toBe(true);
      expect(lean).not.toContain('example.com/other');
    }),
  );
});
