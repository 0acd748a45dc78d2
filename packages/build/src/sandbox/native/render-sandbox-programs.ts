import { kernelCalls } from '@gofleet/resolve/shim/native/kernel-calls';
import { confineSource } from './confine-source.ts';
import { moreKernelCalls } from './more-kernel-calls.ts';
import { standInSource } from './stand-in-source.ts';

/**
 * C programs that need no C library and no headers: the `go` that stands in another container, and what the sandbox runs builds
 * under. On a processor or system that they do not know they do not compile.
 */
export function renderSandboxPrograms(): { readonly standIn: string; readonly confine: string } {
  const before = `${kernelCalls}${moreKernelCalls}`;
  return { standIn: `${before}${standInSource}`, confine: `${before}${confineSource}` };
}
