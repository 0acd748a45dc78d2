import { GofleetError } from '@gofleet/base/errors';
import { type RequestFacts, statusError } from './status-error.ts';

/** One line of a watch. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
}

const maxLineBytes = 16 * 1024 * 1024;
const newline = 10;

/** The lines of a byte stream, without their ends. Never holds more than one line and one chunk. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>, request: RequestFacts): AsyncGenerator<string> {
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      rest.push(chunk.subarray(from, end));
      yield Buffer.concat(rest).toString('utf8');
      [rest, restBytes, from] = [[], 0, end + 1];
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
    restBytes += chunk.length - from;
    if (restBytes > maxLineBytes)
      throw new GofleetError('kube.malformed-watch', `a line of the watch ${request.path} exceeds 16 MiB`, {
        facts: { ...request },
        retry: 'later',
      });
  }
}

function parseLine(line: string, request: RequestFacts): { type?: string; object?: unknown } {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Answered below, together with lines that are JSON but no event.
  }
  throw new GofleetError('kube.malformed-watch', `a line of the watch ${request.path} is no event`, {
    facts: { ...request, lineBytes: line.length },
    retry: 'later',
  });
}

const types: ReadonlySet<string | undefined> = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']);

/**
 * The events of a watch's byte stream.
 * @throws `kube.gone` and the other codes of answers, when the server ends the watch with an error event; `kube.malformed-watch`
 */
export async function* readWatchEvents<T>(
  chunks: AsyncIterable<Uint8Array>,
  request: RequestFacts,
): AsyncGenerator<WatchEvent<T>> {
  for await (const line of linesOf(chunks, request)) {
    if (line.trim() === '') continue;
    const { type, object } = parseLine(line, request);
    if (type === 'ERROR') {
      const status = (object as { code?: number } | undefined)?.code ?? 500;
      throw statusError(request, { status, body: JSON.stringify(object ?? {}) });
    }
    if (!types.has(type) || typeof object !== 'object' || object === null)
      throw new GofleetError('kube.malformed-watch', `unknown event type "${String(type).slice(0, 40)}"`, {
        facts: { ...request },
        retry: 'later',
      });
    yield { type, object } as WatchEvent<T>;
  }
}
