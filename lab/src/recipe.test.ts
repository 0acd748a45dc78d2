import { expect, test } from 'vitest';
import {
  containerdRecipe,
  coreDnsRecipe,
  kubernetesRecipe,
  kwokRecipe,
  pauseRecipe,
  recipeDigest,
  renderPlainGoMod,
} from './recipe.ts';
import { type KubernetesLine, releases } from './releases.ts';

test('every recipe has a digest of its own', () => {
  const recipes = [
    ...Object.values(releases).map(kubernetesRecipe),
    ...[releases['1.36'], releases['1.20']].flatMap((each) => [containerdRecipe(each), coreDnsRecipe(each)]),
    pauseRecipe(),
    kwokRecipe(),
  ];
  const digests = recipes.map((recipe) => recipeDigest(recipe));
  expect(new Set(digests).size).toBe(recipes.length);
  for (const digest of digests) expect(digest).toMatch(/^[0-9a-f]{64}$/);
});

test('what changes the programs changes the digest, what is only told does not', () => {
  const recipe = kubernetesRecipe(releases['1.36']);
  const digest = recipeDigest(recipe);
  expect(recipeDigest({ ...recipe, go: '1.26.9' })).not.toBe(digest);
  expect(recipeDigest({ ...recipe, ldflags: '' })).not.toBe(digest);
  expect(recipeDigest({ ...recipe, files: { 'main.go': 'package main' } })).not.toBe(digest);
  expect(recipeDigest(recipe, 'linux-arm64')).not.toBe(recipeDigest(recipe, 'linux-x64'));
  expect(recipeDigest({ ...recipe, title: 'x', expect: { packageCount: 1, estimateMs: 1 } })).toBe(digest);
  expect(recipeDigest(Object.fromEntries(Object.entries(recipe).reverse()) as typeof recipe)).toBe(digest);
});

test('only newer releases give kubelet a context', () => {
  const source = (line: KubernetesLine) => kubernetesRecipe(releases[line]).files['main.go'];
  expect(source('1.36')).toContain('kubelet.NewKubeletCommand(context.Background())');
  expect(source('1.24')).toContain('kubelet.NewKubeletCommand()');
  expect(source('1.24')).not.toContain('"context"');
});

test('releases before 1.23 run their commands themselves', () => {
  const source = (line: KubernetesLine) => kubernetesRecipe(releases[line]).files['main.go'];
  expect(source('1.23')).toContain('"k8s.io/component-base/cli"');
  expect(source('1.22')).not.toContain('"k8s.io/component-base/cli"');
  expect(source('1.22')).toContain('logs/json/register');
  expect(source('1.21')).not.toContain('logs/json/register');
});

test('only releases whose module has no OpenAPI definitions have them generated', () => {
  expect(kubernetesRecipe(releases['1.24'])).not.toHaveProperty('openApi');
  expect(kubernetesRecipe(releases['1.23'])).toHaveProperty('openApi', true);
});

test('modules at versions of their own are part of what is made', () => {
  const recipe = kubernetesRecipe(releases['1.31']);
  expect(recipe.goMod.moduleVersions).toMatchObject({ 'k8s.io/endpointslice': '0.31.13' });
  const { moduleVersions: _versions, ...goMod } = recipe.goMod;
  expect(recipeDigest({ ...recipe, goMod })).not.toBe(recipeDigest(recipe));
});

test('a wrapper requires what it builds', () => {
  expect(renderPlainGoMod(containerdRecipe(releases['1.36']))).toContain(
    'require github.com/containerd/containerd/v2 v2.4.2\n',
  );
  expect(renderPlainGoMod(pauseRecipe())).not.toContain('require');
});
