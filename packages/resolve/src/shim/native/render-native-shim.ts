import { type ShimSettings, shimMarker, shimScript, shimTools } from '../render-shim.ts';
import { quoteForShell } from '../shell-quote.ts';
import { kernelCalls } from './kernel-calls.ts';
import { nativeShimSource } from './native-shim-source.ts';
import { quoteForC } from './quote-for-c.ts';

const list = (texts: readonly string[]): string => texts.map(quoteForC).join(', ');

/**
 * A C program that does what the script's hot path does, and executes the script for everything else. It needs no C library and
 * no headers. On a processor or system that it does not know it does not compile.
 * @see decisions/0016-a-native-shim-before-the-script.md
 */
export function renderNativeShim({ folder, fileNames, variables, edition }: ShimSettings): string {
  const settings = {
    FOLDER: quoteForC(folder),
    SOURCE_SCRIPT: quoteForC(`. ${quoteForShell(`${folder}/${shimScript}`)}`),
    MARKER: quoteForC(`/${shimMarker}`),
    TOOLS: quoteForC(`${folder}/${shimTools}/`),
    EDITION: quoteForC(`/shims/${edition}`),
    FILE_NAMES: list(fileNames.map((name) => `/${name}`)),
    VARIABLES: list(variables.map((name) => `${name}=`)),
  };
  const defines = Object.entries(settings).map(([name, text]) => `#define ${name} ${text}\n`);
  return `/* Written by "gofleet shims install". */\n${defines.join('')}${kernelCalls}${nativeShimSource}`;
}
