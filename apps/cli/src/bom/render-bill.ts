import { randomUUID } from 'node:crypto';
import { hashFile } from '@gofleet/filesystem/inspect-file';
import type { ScannedBinary } from '../scan/scan-files.ts';
import { planBillOfMaterials } from './bill-of-materials.ts';

/** The forms that bills of materials come in. */
export type BillFormat = 'cyclonedx' | 'spdx';

/** sha256 of those that are files of this machine; what was streamed out of an archive is not at hand any more. */
async function hashFiles(
  binaries: readonly ScannedBinary[],
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  for (const { path, image, pod, pids } of binaries) {
    if (image || pod || pids || path.includes('!')) continue;
    const hashed = await hashFile(path, { signal }).catch(() => undefined);
    if (hashed) hashes.set(path, hashed.sha256);
  }
  return hashes;
}

/** The bill of materials of what a scan found. */
export async function renderBill(
  binaries: readonly ScannedBinary[],
  format: BillFormat,
  signal: AbortSignal,
): Promise<string> {
  const bill = planBillOfMaterials(binaries, await hashFiles(binaries, signal));
  const createdAt = new Date();
  if (format === 'spdx') {
    const { renderSpdx } = await import('./render-spdx.ts');
    return renderSpdx(bill, { createdAt, uuid: randomUUID() });
  }
  const { renderCycloneDx } = await import('./render-cyclonedx.ts');
  return renderCycloneDx(bill, createdAt);
}
