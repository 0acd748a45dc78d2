import { checkResolution } from './check/check-resolution.ts';
import type { Declaration, GoWish, Resolution } from './declaration.ts';
import { declareLine, type GoInputs, readGo } from './go/read-go.ts';
import { type Selection, type StartingGo, selectToolchain } from './go/select-toolchain.ts';
import { Settings } from './go/settings.ts';
import { compareGover, goverOfToolchain, isComparable } from './gover.ts';
import { withParents } from './paths.ts';
import type { DeclarationFiles, Environment, LocalGo } from './ports.ts';
import { rankDeclarations } from './rank-declarations.ts';
import { ResolutionMemory } from './resolution-memory.ts';
import { startingGo } from './starting-go.ts';
import { WatchedReader } from './watched-reader.ts';

/** What a resolution depends on besides files. */
export interface DeclarationInput {
  /** Absolute, without `.`, `..` and a slash at its end. */
  readonly directory: string;
  readonly env: Environment;
  /** As Node names it: `linux`, `darwin`. */
  readonly platform: string;
  /** The first `go` in PATH that is no shim; `undefined` when there is none. */
  readonly localGo: LocalGo | undefined;
}

/** Why Go itself chooses nothing: `undefined` when it does choose. */
function whyNoChoice(start: StartingGo, { modulesOff }: GoInputs): string | undefined {
  if (modulesOff !== undefined) return `GO111MODULE=${modulesOff} keeps Go from looking at files`;
  const isOld = start.version !== '' && compareGover(start.version, '1.21') < 0;
  return isOld ? 'a Go older than 1.21 never starts another' : undefined;
}

function choose(start: StartingGo, go: GoInputs, reader: WatchedReader): Selection {
  const counting = go.work ?? go.mod;
  const looks = /(?:^|\+)(?:auto|path)$/.test(go.setting);
  if (looks && go.badGowork !== undefined) {
    return { refused: 'invalid GOWORK: not an absolute path', by: 'GOTOOLCHAIN' };
  }
  if (looks && counting && reader.isUnreadable(counting.path)) {
    return { refused: `${counting.path} cannot be read`, by: 'go line' };
  }
  return selectToolchain({ ...go, start, gotoolchain: go.setting });
}

/** The newest version that the lines of go.mod or go.work ask for; empty when they do not. */
function floorOf({ goLine, toolchainLine }: GoInputs): string {
  const versions = [goLine?.value ?? '', goverOfToolchain(toolchainLine?.value ?? '')];
  return versions.filter(isComparable).sort(compareGover).at(-1) ?? '';
}

/** A pin that several releases satisfy, narrowed to those that go.mod allows. */
function narrow(wish: GoWish, go: GoInputs): GoWish {
  const floor = floorOf(go);
  if (wish.kind !== 'constraint' || floor === '') return wish;
  const least = /^(?:>=)?(\d+\.\d+)/.exec(wish.constraint)?.[1] ?? '';
  const narrowed = compareGover(floor, least) > 0 ? `${wish.constraint} >=${floor}` : wish.constraint;
  return { kind: 'constraint', constraint: narrowed };
}

function wishOf(
  selection: Selection,
  start: StartingGo,
  pin: Declaration | undefined,
  go: GoInputs,
): GoWish | undefined {
  if ('refused' in selection) return undefined;
  if (selection.by !== 'start') return { kind: 'release', release: selection.name };
  if (pin && pin.wish.kind !== 'local') return narrow(pin.wish, go);
  return goverOfToolchain(start.name) === '' ? { kind: 'local' } : { kind: 'release', release: start.name };
}

/** The `go` in PATH as a declaration. */
function declareLocal({ goVersion, goRoot }: LocalGo): Declaration {
  const place = { file: `${goRoot}/VERSION`, line: 1, column: 1, text: goVersion };
  return { source: 'local Go', what: 'first go in PATH', value: goVersion, wish: { kind: 'local' }, place };
}

/** The lines of the go.work or, without one, the go.mod. */
function linesOf(go: GoInputs): Declaration[] {
  const source = go.work ? 'go.work' : 'go.mod';
  const lines: Declaration[] = [];
  if (go.toolchainLine) lines.push(declareLine(source, 'toolchain line', go.toolchainLine));
  if (go.goLine) lines.push(declareLine(source, 'go line', go.goLine));
  return lines;
}

/** A resolution before it is known which files it depends on. */
export type Unwatched = Omit<Resolution, 'watched'>;

/** What {@link resolveDeclaration} answers, by what others have read before, but for the files that it depends on. */
export function resolveWith(
  input: DeclarationInput,
  memory: ResolutionMemory,
  reader: WatchedReader,
): Unwatched {
  const { goFiles } = memory;
  const directories = withParents(input.directory);
  const pins = memory.pins(directories, reader.read);
  const [pin] = pins.declarations;
  const isPinned = pin !== undefined && pin.wish.kind !== 'local';
  const { readGoFile: read, readQuietly } = reader;
  const settings = memory.settings(isPinned, () => new Settings({ ...input, isPinned, readQuietly }));
  const go = readGo({
    ...input,
    directories,
    isPinned,
    settings,
    lines: (file) => goFiles.lines(file),
    read,
  });
  const start = startingGo(pin, input.localGo);
  const idle = whyNoChoice(start, go);
  const selection: Selection =
    idle === undefined ? choose(start, go, reader) : { name: start.name, by: 'start' };
  const considered = rankDeclarations(
    [
      ...(go.gotoolchain ? [go.gotoolchain] : []),
      ...linesOf(go),
      ...pins.declarations,
      ...(input.localGo ? [declareLocal(input.localGo)] : []),
    ],
    { selection, idle, gotoolchain: go.setting },
  );
  const wish = wishOf(selection, start, pin, go);
  const checked = checkResolution({ selection, wish, go, pins: pins.declarations, goFiles });
  return {
    directory: input.directory,
    wish,
    winner: considered.find(({ verdict }) => verdict === 'wins'),
    considered,
    findings: [...reader.findings, ...pins.findings, ...checked],
  };
}

/**
 * Which Go the `go` command of a directory is, and why. The nearest version file stands for the Go that is started; that Go then
 * chooses by GOTOOLCHAIN, go.work and go.mod exactly as `cmd/go` does. Nothing is run and nothing but text is read.
 */
export function resolveDeclaration(input: DeclarationInput, files: DeclarationFiles): Resolution {
  const reader = new WatchedReader(files);
  const resolution = resolveWith(input, new ResolutionMemory(files), reader);
  return { ...resolution, watched: reader.watched };
}
