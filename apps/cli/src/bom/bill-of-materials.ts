import { basename } from 'node:path';
import type { GoModule } from '@gofleet/identify/binary-facts';
import { PackageURL } from 'packageurl-js';
import type { ScannedBinary } from '../scan/scan-files.ts';

/** A module, or the standard library, as an inventory lists it. */
export interface Material {
  readonly name: string;
  /** Absent for `(devel)` and local directories. */
  readonly version: string | undefined;
  readonly purl: string;
  /** The checksum of `go.sum`: `h1:` and a hash over the hashes of the module's files. */
  readonly sum: string | undefined;
}

/** A program with what it was linked from. */
export interface Product extends Material {
  readonly path: string;
  /** Of the file; absent where it was not read as a whole. */
  readonly sha256: string | undefined;
  /** Further facts, by name. */
  readonly facts: Readonly<Record<string, string>>;
  /** The purls of what is inside. */
  readonly contains: readonly string[];
}

/** What bills of materials of any form are made from. */
export interface BillOfMaterials {
  readonly products: readonly Product[];
  /** Each once, by purl. */
  readonly materials: readonly Material[];
}

/** @see https://github.com/package-url/purl-spec, type `golang` */
function purlOf(path: string, version: string | undefined): string {
  const slash = path.lastIndexOf('/');
  const [namespace, name] = [slash < 0 ? undefined : path.slice(0, slash), path.slice(slash + 1)];
  return new PackageURL('golang', namespace, name, version, undefined, undefined).toString();
}

const isLocal = (path: string): boolean => /^\.{0,2}\//.test(path);

/** What was really linked: the replacement, unless it is a directory of the builder's. */
function materialOf(module: GoModule): Material {
  const { path, version, sum } = module.replace && !isLocal(module.replace.path) ? module.replace : module;
  const known =
    version === '' || version === '(devel)' || (module.replace !== undefined && isLocal(module.replace.path))
      ? undefined
      : version;
  return {
    name: path,
    version: known,
    purl: purlOf(path, known),
    sum: known === undefined ? undefined : sum,
  };
}

/** The release as vulnerability databases write it: without `go`, and without what vendors add. */
function standardLibrary(goVersion: string): Material {
  const version = /^go([0-9][0-9a-z.]*)/.exec(goVersion)?.[1];
  return { name: 'stdlib', version, purl: purlOf('stdlib', version), sum: undefined };
}

function factsOf({
  goVersion,
  os,
  arch,
  buildId,
  provenance,
  grade,
  image,
  pod,
}: ScannedBinary): Record<string, string> {
  const facts = {
    'gofleet:go': goVersion,
    'gofleet:platform': `${os}/${arch}`,
    'gofleet:build-id': buildId,
    'gofleet:provenance': provenance.class,
    'gofleet:grade': grade,
    'gofleet:image': image?.reference ?? pod?.image,
    'gofleet:image-digest': image?.digest ?? pod?.imageId,
    'gofleet:layer': image?.layer,
    'gofleet:pod': pod && `${pod.namespace}/${pod.name}/${pod.container}`,
  };
  return Object.fromEntries(
    Object.entries(facts).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
}

function productOf(
  binary: ScannedBinary,
  contains: readonly Material[],
  sha256: string | undefined,
): Product {
  const own = materialOf(binary.main ?? { path: binary.package || basename(binary.path), version: '' });
  return {
    ...own,
    path: binary.path,
    sha256,
    facts: factsOf(binary),
    contains: contains.map(({ purl }) => purl),
  };
}

/**
 * The inventory of programs: each with its modules and the standard library of its Go release.
 * @param hashes - sha256 of files by path, where they are known
 */
export function planBillOfMaterials(
  binaries: readonly ScannedBinary[],
  hashes: ReadonlyMap<string, string>,
): BillOfMaterials {
  const materials = new Map<string, Material>();
  const products = binaries.map((binary) => {
    const stdlib = binary.goVersion === undefined ? [] : [standardLibrary(binary.goVersion)];
    const contains = [...stdlib, ...(binary.deps ?? []).map(materialOf)];
    for (const material of contains) materials.set(material.purl, material);
    return productOf(binary, contains, binary.sha256 ?? hashes.get(binary.path));
  });
  return { products, materials: [...materials.values()] };
}
