import type { Considered, Declaration } from './declaration.ts';
import type { Selection } from './go/select-toolchain.ts';

/** What a ranking depends on. */
export interface Ranking {
  readonly selection: Selection;
  /** Why Go chose nothing, when it did not. */
  readonly idle: string | undefined;
  /** The value of GOTOOLCHAIN. */
  readonly gotoolchain: string;
}

/** Whether a declaration says which Go is started, before that one chooses. */
function isStart({ source }: Declaration): boolean {
  return !['GOTOOLCHAIN', 'go.work', 'go.mod'].includes(source);
}

/** The declaration that decided. */
function decider(declarations: readonly Declaration[], selection: Selection): Declaration | undefined {
  if ('refused' in selection) return undefined;
  const { by } = selection;
  return declarations.find((declaration) =>
    by === 'start' ? isStart(declaration) : declaration.what === by,
  );
}

const whyWon: Readonly<Record<string, string>> = {
  GOTOOLCHAIN: 'names the release, and no file that counts asks for a newer one',
  'toolchain line': 'newer than what is started, and GOTOOLCHAIN lets it decide',
  'go line': 'the least release that it allows is newer than what is started',
  'first go in PATH': 'nothing asks for another',
};
const pinWon = 'the nearest version file, and nothing that counts asks for a newer release';

function whyLineLost({ value }: Declaration, { selection, gotoolchain }: Ranking): string {
  if (!/(?:^|\+)(?:auto|path)$/.test(gotoolchain)) return `GOTOOLCHAIN=${gotoolchain} lets no file decide`;
  if (value === 'default') return 'leaves the choice to GOTOOLCHAIN';
  const name = 'refused' in selection ? '' : selection.name;
  return name === '' ? 'what is pinned satisfies it' : `asks for nothing newer than ${name}`;
}

function whyLost(declaration: Declaration, winner: Declaration | undefined, ranking: Ranking): string {
  const { selection, idle } = ranking;
  if ('refused' in selection) return `the go command refuses to run: ${selection.refused}`;
  if (!isStart(declaration)) {
    if (idle !== undefined) return idle;
    if (declaration.source !== 'GOTOOLCHAIN') return whyLineLost(declaration, ranking);
    return declaration.wish.kind === 'local' ? 'names no release' : `older than the ${selection.by}`;
  }
  if (winner && isStart(winner)) return `${winner.place.file} comes first`;
  return `the ${selection.by} decides`;
}

/** The declarations, in order of precedence, with what became of each and why. */
export function rankDeclarations(declarations: readonly Declaration[], ranking: Ranking): Considered[] {
  const winner = decider(declarations, ranking.selection);
  return declarations.map((declaration) =>
    declaration === winner
      ? { ...declaration, verdict: 'wins', because: whyWon[declaration.what] ?? pinWon }
      : { ...declaration, verdict: 'loses', because: whyLost(declaration, winner, ranking) },
  );
}
