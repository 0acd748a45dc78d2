import { makeBinary, makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { GoRuntime } from '../go-runtime.ts';
import { buildNameOf, planBuilds, recipeOf } from './plan-builds.ts';

const buildInfo = 'path\texample.com/operator\nmod\texample.com/operator\tv1.0.0\th1:x=\n';
const binary = (image: string, content = image) =>
  makeBinary(image, { sha256: Buffer.from(content).toString('hex').padEnd(64, '0'), buildInfo });
const ports = { targetOf: () => 'go1.26.8', recipeOf };

const wish = (
  name: string,
  images: readonly [image: string, content: string][],
  spec: Partial<GoRuntime['spec']> = {},
) =>
  makeRuntime({
    metadata: { name, namespace: 'demo' },
    spec,
    status: { binaries: images.map(([image, content]) => binary(image, content)) },
  });

test('a build is known by what it makes: original, target and way of building', () => {
  const [one, two] = [binary('a:1', 'one'), binary('a:1', 'two')];
  expect(recipeOf(one, 'go1.26.8')).toBe(recipeOf(binary('b:1', 'one'), 'go1.26.8'));
  const recipes = [recipeOf(one, 'go1.26.8'), recipeOf(one, 'go1.25.1'), recipeOf(two, 'go1.26.8')];
  expect(new Set(recipes).size).toBe(3);
});

test('what its workload says of its source is part of a build where nothing better is recorded', () => {
  const labels = { 'org.opencontainers.image.version': 'v1.2.3' };
  const unstamped = { ...binary('a:1'), buildInfo: buildInfo.replace('v1.0.0\th1:x=', '(devel)\t') };
  expect(recipeOf({ ...unstamped, labels }, 'go1.26.8')).not.toBe(recipeOf(unstamped, 'go1.26.8'));
  expect(recipeOf({ ...binary('a:1'), labels }, 'go1.26.8')).toBe(recipeOf(binary('a:1'), 'go1.26.8'));
  const runtime = makeRuntime({ status: { binaries: [{ ...unstamped, labels }] } });
  const [build] = planBuilds([runtime], ports).values();
  expect(build?.original.labels).toEqual(labels);
});

test('what cannot be planned has a recipe all the same: its build says why', () => {
  for (const broken of [{ buildInfo: 'no build info' }, { buildInfo: '' }])
    expect(recipeOf({ ...binary('a:1'), ...broken }, 'go1.26.8')).toMatch(/^[0-9a-f]{64}$/);
  expect(recipeOf(binary('a:1'), 'go1.17.13')).toMatch(/^[0-9a-f]{64}$/);
});

test('nothing is built without a target, for a deleted wish, or for what has the target already', () => {
  const runtime = wish('a', [['x:1', 'one']]);
  expect(planBuilds([runtime], { ...ports, targetOf: () => undefined }).size).toBe(0);
  const deleted = { ...runtime, metadata: { ...runtime.metadata, deletionTimestamp: 'now' } };
  expect(planBuilds([deleted], ports).size).toBe(0);
  expect(planBuilds([runtime], { ...ports, targetOf: () => 'go1.21.5' }).size).toBe(0);
});

const images = fc.array(
  fc.tuple(fc.stringMatching(/^[a-z]{1,3}:[0-9]$/), fc.constantFrom('one', 'two', 'three')),
  {
    maxLength: 6,
  },
);
const wishes = fc.uniqueArray(
  fc.record({
    name: fc.stringMatching(/^[a-z]{1,6}$/),
    images,
    minimumGrade: fc.constantFrom('proven', 'compiled-equal', 'claimed'),
    priority: fc.integer({ min: -1000, max: 1000 }),
  }),
  { selector: ({ name }) => name, maxLength: 30 },
);

test('one build per content, whatever the number of wishes and images, and in whatever order they come', () => {
  fc.assert(
    fc.property(wishes, (all) => {
      const runtimes = all.map(({ name, images: seen, minimumGrade, priority }) =>
        wish(name, seen, { minimumGrade, priority }),
      );
      const builds = planBuilds(runtimes, ports);
      const contents = new Set(all.flatMap((each) => each.images.map(([, content]) => content)));
      expect(builds.size).toBe(contents.size);
      const again = planBuilds([...runtimes].reverse(), ports);
      for (const [name, build] of builds) {
        const { original: _, ...wanted } = build;
        expect(again.get(name)).toMatchObject(wanted);
        const wanting = all.filter((each) =>
          each.images.some(([image, content]) => binary(image, content).sha256 === build.original.sha256),
        );
        expect(build.priority).toBe(Math.max(...wanting.map(({ priority }) => priority)));
        expect(build.wishes).toEqual(
          wanting
            .map((each) => `demo/${each.name}`)
            .sort()
            .slice(0, 20),
        );
        const grades = wanting.map((each) => each.minimumGrade);
        const least = ['claimed', 'compiled-equal', 'proven'].find((grade) =>
          grades.includes(grade as never),
        );
        expect(build.minimumGrade).toBe(least);
      }
    }),
    { numRuns: 100 },
  );
});

test('a thousand pods of one image are one build', () => {
  const runtimes = Array.from({ length: 1000 }, (_, index) => wish(`wish-${index}`, [['x:1', 'one']]));
  expect(planBuilds(runtimes, ports).size).toBe(1);
});

test('a name is a valid object name for any package', () => {
  fc.assert(
    fc.property(fc.string(), (path) => {
      const name = buildNameOf({ package: path, goVersion: 'go1.26.8', recipe: 'a'.repeat(64) });
      expect(name).toMatch(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
      expect(name.length).toBeLessThan(100);
    }),
  );
  const recipe = '0123456789abcdef'.repeat(4);
  expect(buildNameOf({ package: 'example.com/Team/operator/v2', goVersion: 'go1.26.8', recipe })).toBe(
    'operator-go1.26.8-0123456789ab',
  );
});
