import type { GoRuntime } from '@gofleet/inject/go-runtime';
import type { LibraryStatus, ObservedLibrary } from '@gofleet/inject/library';
import { fakeSha256, makeRuntime } from './go-runtime-maker.ts';

/** What wishes of {@link makeLibraryRuntime} name. */
export const libgo = { image: 'registry.test/team/libgo:12', path: '/usr/lib/libgo.so.21' };

/** A library that the builder has fetched. */
export function makeLibrary(more: Partial<LibraryStatus> = {}): LibraryStatus {
  const source = `registry.test/team/libgo@sha256:${fakeSha256('image')}`;
  const library = { artefact: fakeSha256('next'), sizeBytes: 7, soname: 'libgo.so.21', arch: 'amd64' };
  return { ...libgo, source, ...library, ...more };
}

/** A program of an image that runs on its own libgo; the library of {@link makeLibrary} fits it. */
export function makeObserved(image: string, more: Partial<ObservedLibrary> = {}): ObservedLibrary {
  return {
    image,
    imageId: `${image}@sha256:${fakeSha256(image)}`,
    program: '/program',
    programSha256: fakeSha256('program'),
    path: '/usr/lib/libgo.so.21.0.0',
    sha256: fakeSha256('own'),
    soname: 'libgo.so.21',
    checks: [{ artefact: fakeSha256('next'), problems: [] }],
    ...more,
  };
}

/** A GoRuntime of mode libgo, its library fetched. */
export function makeLibraryRuntime(
  libraries: readonly ObservedLibrary[],
  parts: Parameters<typeof makeRuntime>[0] = {},
): GoRuntime {
  const { resolution: _, ...status } = { library: makeLibrary(), libraries, ...parts.status };
  const made = makeRuntime({ ...parts, spec: { mode: 'libgo', libgo, ...parts.spec } });
  const { runtime: __, ...spec } = made.spec;
  return { ...made, spec, status };
}
