import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { decidingFileNames, decidingVariables } from '@gofleet/declare/version-files';
import { dataRoot } from '@gofleet/filesystem/data-root';
import { renderNativeShim } from '@gofleet/resolve/shim/native/render-native-shim';
import { renderShim } from '@gofleet/resolve/shim/render-shim';

/** The folder of shims: the one that is named, else the user's own. */
export function shimFolder(named?: string): string {
  return named === undefined ? join(dataRoot(), 'shims') : resolve(named);
}

/** The shims of a folder as this gofleet writes them. */
export interface ShimTexts {
  readonly script: string;
  /** C. */
  readonly native: string;
}

/** The shims that this gofleet writes into a folder. */
export function shimTexts(folder: string): ShimTexts {
  const settings = {
    folder,
    gofleet: [process.execPath, realpathSync(process.argv[1] ?? '')],
    fileNames: decidingFileNames,
    variables: decidingVariables.filter((name) => name !== 'GOTOOLCHAIN' && name !== 'GOROOT'),
  };
  const render = (edition: string): ShimTexts => ({
    script: renderShim({ ...settings, edition }),
    native: renderNativeShim({ ...settings, edition }),
  });
  const { script, native } = render('');
  return render(createHash('sha256').update(script).update(native).digest('hex').slice(0, 12));
}
