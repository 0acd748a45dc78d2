import type { Finding } from '@gofleet/base/finding';
import type { Declaration, ParsedFile } from '../declaration.ts';
import { findingAt } from '../finding-at.ts';
import { pathIn } from '../paths.ts';
import { pinFileNames } from '../version-files.ts';
import { parseGoVersionFile } from './go-version-file.ts';
import { parseMise } from './mise.ts';
import { parseToolVersions } from './tool-versions.ts';

const parsers: Readonly<Record<(typeof pinFileNames)[number], (text: string, file: string) => ParsedFile>> = {
  'mise.local.toml': parseMise,
  '.mise.local.toml': parseMise,
  'mise.toml': parseMise,
  '.mise.toml': parseMise,
  '.tool-versions': parseToolVersions,
  '.go-version': parseGoVersionFile,
};

function markFinding(path: string, text: string): Finding[] {
  if (!text.startsWith('\ufeff')) return [];
  const place = { file: path, line: 1, column: 1, text: text.slice(1).split(/\r?\n/, 1)[0] ?? '' };
  const message = 'starts with a byte order mark, which other tools take for part of the first word';
  return [
    findingAt(place, {
      code: 'declare.byte-order-mark',
      severity: 'warning',
      message,
      hint: 'save the file as UTF-8 without a byte order mark',
    }),
  ];
}

/** What the version files of one directory say of Go, in the order of `pinFileNames`. */
export function readPins(directory: string, read: (path: string) => string | undefined): ParsedFile {
  const declarations: Declaration[] = [];
  const findings: Finding[] = [];
  for (const name of pinFileNames) {
    const path = pathIn(directory, name);
    const text = read(path);
    if (text === undefined) continue;
    const parsed = parsers[name](text, path);
    declarations.push(...parsed.declarations);
    findings.push(...markFinding(path, text), ...parsed.findings);
  }
  return { declarations, findings };
}
