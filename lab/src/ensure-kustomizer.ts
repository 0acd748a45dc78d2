import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, buildDir, ensureBuilt } from './build.ts';
import { kubernetesRecipe } from './recipe.ts';
import { type KubernetesLine, kubernetesLines, type Release, releases } from './releases.ts';

/**
 * The release whose `kubectl kustomize` renders manifests for a lab of that minor: its own, or where that one is too old the newest
 * for which `isBuilt` holds, else the newest.
 */
export function chooseKustomizer(line: KubernetesLine, isBuilt: (release: Release) => boolean): Release {
  const able = [line, ...kubernetesLines]
    .map((each) => releases[each])
    .filter((each) => each.readsKustomize4);
  if (able[0]?.line === line) return able[0];
  return able.find(isBuilt) ?? (able[0] as Release);
}

/**
 * Path of the kubectl whose `kustomize` renders manifests for a lab of that minor; built unless one is there.
 * @throws GofleetError `lab.program-failed`
 */
export async function ensureKustomizer(line: KubernetesLine, options: BuildOptions = {}): Promise<string> {
  const release = chooseKustomizer(line, (each) => existsSync(buildDir(kubernetesRecipe(each))));
  return join(await ensureBuilt(kubernetesRecipe(release), options), 'kubectl');
}
