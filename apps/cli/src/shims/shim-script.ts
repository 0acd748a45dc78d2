import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { decidingFileNames, decidingVariables } from '@gofleet/declare/version-files';
import { dataRoot } from '@gofleet/filesystem/data-root';
import { renderShim } from '@gofleet/resolve/shim/render-shim';

/** The folder of shims: the one that is named, else the user's own. */
export function shimFolder(named?: string): string {
  return named === undefined ? join(dataRoot(), 'shims') : resolve(named);
}

/** The script that this gofleet writes into a folder of shims. */
export function shimScript(folder: string): string {
  const settings = {
    folder,
    gofleet: [process.execPath, realpathSync(process.argv[1] ?? '')],
    fileNames: decidingFileNames,
    variables: decidingVariables.filter((name) => name !== 'GOTOOLCHAIN' && name !== 'GOROOT'),
  };
  const digest = createHash('sha256')
    .update(renderShim({ ...settings, edition: '' }))
    .digest('hex');
  return renderShim({ ...settings, edition: digest.slice(0, 12) });
}
