import * as Enums from '@cyclonedx/cyclonedx-library/Enums';
import * as Models from '@cyclonedx/cyclonedx-library/Models';
import * as Serialize from '@cyclonedx/cyclonedx-library/Serialize';
import * as Spec from '@cyclonedx/cyclonedx-library/Spec';
import { version as gofleetVersion } from '../version.ts';
import type { BillOfMaterials, Material, Product } from './bill-of-materials.ts';

const properties = (facts: Readonly<Record<string, string>>): Models.PropertyRepository =>
  new Models.PropertyRepository(
    Object.entries(facts).map(([name, value]) => new Models.Property(name, value)),
  );

function componentOf({ name, version, purl, sum }: Material): Models.Component {
  return new Models.Component(Enums.ComponentType.Library, name, {
    bomRef: purl,
    purl,
    ...(version === undefined ? {} : { version }),
    ...(sum === undefined ? {} : { properties: properties({ 'gofleet:go.sum': sum }) }),
  });
}

function productComponent(
  product: Product,
  libraries: ReadonlyMap<string, Models.Component>,
): Models.Component {
  const { name, version, purl, sum, path, sha256, facts, contains } = product;
  const all = { 'gofleet:path': path, ...facts, ...(sum === undefined ? {} : { 'gofleet:go.sum': sum }) };
  const component = new Models.Component(Enums.ComponentType.Application, name, {
    bomRef: path,
    purl,
    properties: properties(all),
    ...(version === undefined ? {} : { version }),
    ...(sha256 === undefined
      ? {}
      : { hashes: new Models.HashDictionary([[Enums.HashAlgorithm['SHA-256'], sha256]]) }),
  });
  for (const reference of contains) {
    const library = libraries.get(reference);
    if (library) component.dependencies.add(library.bomRef);
  }
  return component;
}

/** A CycloneDX 1.6 document as JSON. */
export function renderCycloneDx({ products, materials }: BillOfMaterials, createdAt: Date): string {
  const bom = new Models.Bom();
  bom.metadata.timestamp = createdAt;
  bom.metadata.tools.components.add(
    new Models.Component(Enums.ComponentType.Application, 'gofleet', { version: gofleetVersion }),
  );
  const libraries = new Map(materials.map((material) => [material.purl, componentOf(material)]));
  for (const library of libraries.values()) bom.components.add(library);
  for (const product of products) bom.components.add(productComponent(product, libraries));
  const factory = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  return new Serialize.JsonSerializer(factory).serialize(bom, { sortLists: true, space: 2 });
}
