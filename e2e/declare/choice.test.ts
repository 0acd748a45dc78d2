import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Resolution } from '@gofleet/declare/declaration';
import { resolveDeclaration } from '@gofleet/declare/resolve-declaration';
import { declarationFiles } from '@gofleet/filesystem/declaration-files';
import { findGoInPath } from '@gofleet/filesystem/go-in-path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { choiceCases } from './choice-cases.ts';
import { askRealGo, type BaseGo, findBases, type Layout, type RealChoice, writeCase } from './real-choice.ts';

/** One that never switches, the first that does and differs, one between, one of today. */
const baseVersions = ['go1.20.14', 'go1.21.13', 'go1.24.11', 'go1.26.8'];

let root: string;
let bases: readonly BaseGo[];
let layouts: readonly Layout[];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'gofleet-declare-'));
  bases = await findBases(baseVersions);
  layouts = choiceCases.map((one, index) => {
    const own = join(root, String(index));
    mkdirSync(own);
    return writeCase(own, one);
  });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function ourChoice(base: BaseGo, { directory, env }: Layout): Resolution {
  const localGo = findGoInPath(join(base.goRoot, 'bin'));
  expect(localGo).toMatchObject(base);
  return resolveDeclaration({ directory, env, platform: 'linux', localGo }, declarationFiles);
}

/** Ours in the words of the real one. */
function inRealWords({ wish, findings }: Resolution): RealChoice {
  if (wish?.kind === 'release') return { runs: wish.release };
  const finding = findings.find(({ code }) => code === 'declare.go-refuses');
  return { refuses: finding?.message.replace('the go command refuses to run: ', '') ?? 'nothing' };
}

test('the table has what it promises', () => {
  expect(choiceCases.length).toBeGreaterThanOrEqual(80);
  expect(new Set(choiceCases.map(({ name }) => name)).size).toBe(choiceCases.length);
});

describe.each(baseVersions)('the choice of the real go command, local Go %s', (goVersion) => {
  test.concurrent.each(choiceCases.map(({ name }, index) => [name, index] as const))(
    '%s',
    async (_name, index) => {
      const base = bases.find((one) => one.goVersion === goVersion) as BaseGo;
      const layout = layouts[index] as Layout;
      const real = await askRealGo(base, layout);
      const ours = inRealWords(ourChoice(base, layout));
      if ('refuses' in real && 'refuses' in ours) expect(real.refuses).toContain(ours.refuses);
      else expect(ours).toEqual(real);
    },
  );
});
