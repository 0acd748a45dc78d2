import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Version } from '@cyclonedx/cyclonedx-library/Spec';
import { JsonStrictValidator } from '@cyclonedx/cyclonedx-library/Validation';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGoBench, type GoBench, tinyProgram } from '../relink/go-binaries.ts';
import { runGofleet } from './run-gofleet.ts';

let bench: GoBench;
/** One with modules in it, and one of a checkout without any. */
let programs: string[];

beforeAll(async () => {
  bench = await createGoBench();
  programs = [
    await bench.install('golang.org/x/tools/cmd/present@v0.24.0', 'go1.22.5'),
    await bench.build(tinyProgram, 'go1.21.13'),
  ];
});
afterAll(() => bench?.remove());

async function bill<T>(format: string): Promise<T> {
  const { code, stdout } = await runGofleet(['scan', ...programs, '--format', format]);
  expect(code).toBe(0);
  return JSON.parse(stdout) as T;
}

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

interface Component {
  readonly name: string;
  readonly version?: string;
  readonly purl: string;
  readonly 'bom-ref': string;
}

test('CycloneDX: valid by its schema; every module, the standard library, hashes', async () => {
  const found = await bill<{
    components: Component[];
    dependencies: { ref: string; dependsOn?: string[] }[];
  }>('cyclonedx');
  expect(await new JsonStrictValidator(Version.v1dot6).validate(JSON.stringify(found))).toBeNull();
  expect(found.components).toContainEqual(
    expect.objectContaining({
      name: 'golang.org/x/tools',
      version: 'v0.24.0',
      purl: 'pkg:golang/golang.org/x/tools@v0.24.0',
      hashes: [{ alg: 'SHA-256', content: sha256(programs[0] ?? '') }],
    }),
  );
  const present = found.dependencies.find(({ ref }) => ref === programs[0]);
  expect(present?.dependsOn).toContain('pkg:golang/stdlib@1.22.5');
  const scanned = JSON.parse((await runGofleet(['scan', programs[0] ?? '', '--json'])).stdout)[0];
  expect(present?.dependsOn).toHaveLength(scanned.deps.length + 1);
  for (const { path, version } of scanned.deps) {
    expect(present?.dependsOn).toContain(`pkg:golang/${path}@${version}`);
  }
});

interface SpdxPackage {
  readonly name: string;
  readonly versionInfo?: string;
}

/** The schema of the specification, as a validator's module ships it. */
function spdxSchema(): object {
  const argv = ['mod', 'download', '-json', 'github.com/CycloneDX/sbom-utility@v0.16.0'];
  const { Dir } = JSON.parse(execFileSync(bench.local.path, argv, { encoding: 'utf8' })) as { Dir: string };
  return JSON.parse(readFileSync(join(Dir, 'resources/schema/spdx/2.3/spdx-schema.json'), 'utf8')) as object;
}

test('SPDX: valid by its schema; every relationship leads to something', async () => {
  const found = await bill<{
    packages: (SpdxPackage & { SPDXID: string })[];
    relationships: { spdxElementId: string; relatedSpdxElement: string }[];
  }>('spdx');
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const isValid = ajv.compile(spdxSchema());
  isValid(found);
  expect(isValid.errors).toBeNull();
  const ids = new Set(['SPDXRef-DOCUMENT', ...found.packages.map(({ SPDXID }) => SPDXID)]);
  expect(ids.size).toBe(found.packages.length + 1);
  for (const { spdxElementId, relatedSpdxElement } of found.relationships) {
    expect(ids.has(spdxElementId) && ids.has(relatedSpdxElement)).toBe(true);
  }
  expect(found.packages).toContainEqual(expect.objectContaining({ name: 'stdlib', versionInfo: '1.21.13' }));
});
