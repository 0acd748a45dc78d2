import type { Finding } from '@gofleet/base/finding';
import type { Declaration, GoWish, ParsedFile, Place } from '../declaration.ts';
import { findingAt, malformed } from '../finding-at.ts';
import { SourceText } from '../source-text.ts';
import { anyRelease, parseVersionWish } from '../version-wish.ts';
import { type Arguments, expandArguments } from './expand-arguments.ts';
import { type Instruction, instructionsOf } from './logical-lines.ts';

/** A FROM with what it and its instructions take from other stages. */
interface Stage {
  readonly index: number;
  readonly name: string | undefined;
  /** With arguments put in; `undefined` when they are not known. */
  readonly image: string | undefined;
  readonly place: Place;
  /** Names and numbers of the stages that it copies or mounts from. */
  readonly uses: string[];
}

const unquote = (text: string): string => text.replace(/^(["'])(.*)\1$/s, '$2');

function readArgument({ rest }: Instruction, values: Arguments): [string, string | undefined][] {
  return [...rest.matchAll(/([A-Za-z_][A-Za-z0-9_]*)(?:=("[^"]*"|'[^']*'|\S*))?/g)].map(
    ([, name = '', value]) => [
      name,
      value === undefined ? undefined : expandArguments(unquote(value), values),
    ],
  );
}

/** What a stage copies or mounts from: `COPY --from=build`, `RUN --mount=type=bind,from=build`. */
function sourcesOf({ name, rest }: Instruction): string[] {
  const flag = name === 'RUN' ? /--mount=(?:\S*,)?from=([^\s,]+)/g : /--from=(\S+)/g;
  return name === 'RUN' || name === 'COPY' || name === 'ADD'
    ? [...rest.matchAll(flag)].map(([, from = '']) => from)
    : [];
}

class Reader {
  readonly #source: SourceText;
  readonly #globals = new Map<string, string | undefined>();
  readonly stages: Stage[] = [];
  readonly findings: Finding[] = [];

  constructor(source: SourceText) {
    this.#source = source;
  }

  read(instruction: Instruction): void {
    const stage = this.stages.at(-1);
    if (instruction.name === 'FROM') this.#readFrom(instruction);
    else if (stage) stage.uses.push(...sourcesOf(instruction));
    else if (instruction.name === 'ARG') {
      for (const [name, value] of readArgument(instruction, this.#globals)) this.#globals.set(name, value);
    }
  }

  #readFrom({ rest, start }: Instruction): void {
    const words = [...rest.matchAll(/\S+/g)];
    const image = words.find(([word]) => !word.startsWith('--'));
    if (!image) {
      this.findings.push(
        malformed(this.#source.placeAt(start), 'FROM names no image', 'write FROM golang:1.26.8'),
      );
      return;
    }
    const [keyword, name] = words.slice(words.indexOf(image) + 1);
    this.stages.push({
      index: this.stages.length,
      name: keyword?.[0].toUpperCase() === 'AS' ? name?.[0].toLowerCase() : undefined,
      image: expandArguments(unquote(image[0]), this.#globals),
      place: this.#source.placeAt(start + image.index),
      uses: [],
    });
  }
}

/** The stages that the last one is made from, itself among them: what a build without a target builds. */
function reachableFrom(stages: readonly Stage[]): ReadonlySet<Stage> {
  const reached = new Set<Stage>();
  const last = stages.at(-1);
  const open: Stage[] = last ? [last] : [];
  for (let stage = open.pop(); stage; stage = open.pop()) {
    reached.add(stage);
    const at = stage.index;
    for (const use of [...stage.uses, stage.image ?? '']) {
      const isIt = (other: Stage): boolean =>
        other.index < at &&
        (other.name === use.toLowerCase() || (use !== stage.image && String(other.index) === use));
      const other = stages.filter(isIt).at(-1);
      if (other && !reached.has(other)) open.push(other);
    }
  }
  return reached;
}

/** The tag of a golang image, on whatever registry; `undefined` for another image. */
function golangTag(
  image: string,
): { readonly tag: string | undefined; readonly digest: boolean } | undefined {
  const match = /^(?:\S+\/)?golang(?::([\w][\w.-]*))?(@[\w+.-]+:[0-9a-f]+)?$/.exec(image);
  return match ? { tag: match[1], digest: match[2] !== undefined } : undefined;
}

/** What a tag of the golang image asks for: `1.26.8-alpine3.22`, `1.26-bookworm`, `1`, `latest`, `alpine`. */
function wishOfTag({ tag, digest }: { readonly tag: string | undefined; readonly digest: boolean }): GoWish {
  const version = /^(\d[\w.]*?)(?:-.*)?$/.exec(tag ?? '')?.[1];
  if (version !== undefined) return parseVersionWish(version, 'newest') ?? { kind: 'unknown' };
  if (digest || tag?.startsWith('tip')) return { kind: 'unknown' };
  return tag === undefined || /^[a-z]/.test(tag) ? anyRelease : { kind: 'unknown' };
}

function declare(stage: Stage): Declaration | Finding | undefined {
  const what = `stage ${stage.name ?? stage.index}`;
  const { image, place } = stage;
  if (image === undefined) {
    if (!/golang/.test(place.text)) return undefined;
    const message = 'the image depends on a build argument without a default';
    return findingAt(place, { code: 'declare.unresolved-argument', severity: 'info', message });
  }
  const tag = golangTag(image);
  return tag && { source: 'Dockerfile', what, value: image, wish: wishOfTag(tag), place };
}

/**
 * What the `FROM golang:…` of a Dockerfile ask for, in order: of the stages that the last one is made from. Arguments have their
 * defaults; those before the first FROM are the only ones that a FROM sees.
 * @see Dockerfile reference, FROM and ARG
 */
export function parseDockerfile(text: string, file: string): ParsedFile {
  const source = new SourceText(file, text);
  const reader = new Reader(source);
  for (const instruction of instructionsOf(source.text)) reader.read(instruction);
  const reached = reachableFrom(reader.stages);
  const read = reader.stages.filter((stage) => reached.has(stage)).map(declare);
  return {
    declarations: read.flatMap((one) => (one && 'wish' in one ? [one] : [])),
    findings: [...reader.findings, ...read.flatMap((one) => (one && 'severity' in one ? [one] : []))],
  };
}
