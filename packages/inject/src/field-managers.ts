import { createHash } from 'node:crypto';
import type { ObservedLibrary } from './library/library.ts';
import type { ObservedBinary } from './runtime-status.ts';

/** The field manager of what the controller writes. */
export const controllerFieldManager = 'gofleet-controller';

/** The field manager of what the controller says of pods for one wish: each wish's part is replaced as a whole. */
export function wishFieldManager({ name }: { readonly name: string }): string {
  return `gofleet-wish-${createHash('sha256').update(name).digest('hex').slice(0, 12)}`;
}

/** The field manager of an observed binary: one per entry, so that entries outlive pods and nodes. */
export function binaryFieldManager({ image, path }: Pick<ObservedBinary, 'image' | 'path'>): string {
  return `gofleet-binary-${createHash('sha256').update(`${image}\0${path}`).digest('hex').slice(0, 12)}`;
}

/** The field manager of what a program of an image runs on. */
export function libraryFieldManager({ image, program }: Pick<ObservedLibrary, 'image' | 'program'>): string {
  return `gofleet-library-${createHash('sha256').update(`${image}\0${program}`).digest('hex').slice(0, 12)}`;
}

/** The field manager of what PATH is in an image. */
export function searchPathFieldManager(image: string): string {
  return `gofleet-path-${createHash('sha256').update(image).digest('hex').slice(0, 12)}`;
}
