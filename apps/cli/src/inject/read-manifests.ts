import { createReadStream } from 'node:fs';
import { GofleetError } from '@gofleet/base/errors';
import { type Document, parseAllDocuments } from 'yaml';

/** One YAML document of a file. */
export interface ManifestDocument {
  /** The file, `-` for standard input. */
  readonly source: string;
  /** As written, comments included. */
  readonly document: Document;
  readonly value: unknown;
}

/** More than this is no manifest: etcd refuses objects above 1.5 MiB. */
const maxBytes = 64 << 20;

async function readText(source: string): Promise<string> {
  const stream = source === '-' ? process.stdin : createReadStream(source);
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    throw new GofleetError('cli.unreadable-manifest', `${source} cannot be read: ${code}`, {
      facts: { file: source },
      cause,
      hint: 'name a file with manifests, or "-" for standard input',
    });
  }
  if (sizeBytes <= maxBytes) return Buffer.concat(chunks).toString('utf8');
  throw new GofleetError('cli.unreadable-manifest', `${source} has more than ${maxBytes >> 20} MiB`, {
    facts: { file: source },
  });
}

/** The first line of what the parser says: the next ones quote the file, which may hold secrets. */
function malformed(source: string, thrown: unknown): GofleetError {
  const { message } = thrown as Error;
  const said = (message.split('\n', 1)[0] ?? '').replace(/:$/, '');
  return new GofleetError('cli.malformed-manifest', `${source}: ${said}`, {
    facts: { file: source },
    hint: 'write YAML or JSON, documents apart by "---"',
  });
}

function parseDocuments(text: string, source: string): readonly ManifestDocument[] {
  try {
    const documents = parseAllDocuments(text, { logLevel: 'error', merge: true });
    if (!Array.isArray(documents)) return [];
    return documents.flatMap((document): ManifestDocument[] => {
      if (document.errors[0]) throw document.errors[0];
      const value: unknown = document.toJS();
      return value === null ? [] : [{ source, document, value }];
    });
  } catch (thrown) {
    throw malformed(source, thrown);
  }
}

/**
 * The documents of files with YAML or JSON, in order; empty ones are left out.
 * @throws `cli.unreadable-manifest`, `cli.malformed-manifest`
 */
export async function readManifests(sources: readonly string[]): Promise<readonly ManifestDocument[]> {
  const found: ManifestDocument[] = [];
  for (const source of sources) found.push(...parseDocuments(await readText(source), source));
  return found;
}
