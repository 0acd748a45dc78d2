import { createHash } from 'node:crypto';
import { version as gofleetVersion } from '../version.ts';
import type { BillOfMaterials, Material, Product } from './bill-of-materials.ts';

/** An identifier of this document's: the same for the same thing. */
const idOf = (kind: string, key: string): string =>
  `SPDXRef-${kind}-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;

function packageOf({ name, version, purl, sum }: Material): Record<string, unknown> {
  return {
    SPDXID: idOf('Module', purl),
    name,
    ...(version === undefined ? {} : { versionInfo: version }),
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: 'NOASSERTION',
    copyrightText: 'NOASSERTION',
    primaryPackagePurpose: 'LIBRARY',
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
    ...(sum === undefined ? {} : { comment: `go.sum: ${sum}` }),
  };
}

function productPackage(product: Product): Record<string, unknown> {
  const { path, sha256, sum, facts } = product;
  const all = { 'gofleet:path': path, ...facts, ...(sum === undefined ? {} : { 'gofleet:go.sum': sum }) };
  return {
    ...packageOf(product),
    SPDXID: idOf('Program', path),
    primaryPackagePurpose: 'APPLICATION',
    ...(sha256 === undefined ? {} : { checksums: [{ algorithm: 'SHA256', checksumValue: sha256 }] }),
    comment: Object.entries(all)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n'),
  };
}

function relationshipsOf({ path, contains }: Product): unknown[] {
  const program = idOf('Program', path);
  return [
    { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: program },
    ...contains.map((purl) => ({
      spdxElementId: program,
      relationshipType: 'CONTAINS',
      relatedSpdxElement: idOf('Module', purl),
    })),
  ];
}

/**
 * An SPDX 2.3 document as JSON.
 * @param document - when it was made, and what tells it from every other one
 * @see https://spdx.github.io/spdx-spec/v2.3/
 */
export function renderSpdx(
  { products, materials }: BillOfMaterials,
  document: { readonly createdAt: Date; readonly uuid: string },
): string {
  const value = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: 'Go programs',
    documentNamespace: `urn:uuid:${document.uuid}`,
    creationInfo: {
      created: `${document.createdAt.toISOString().slice(0, 19)}Z`,
      creators: [`Tool: gofleet-${gofleetVersion}`],
    },
    packages: [...products.map(productPackage), ...materials.map(packageOf)],
    relationships: products.flatMap(relationshipsOf),
  };
  return JSON.stringify(value, null, 2);
}
