import type { Finding } from '@gofleet/base/finding';
import type { Declaration, GoWish, Place } from '../declaration.ts';
import { findingAt } from '../finding-at.ts';
import type { GoFileContent } from '../go/parse-go-file.ts';
import type { GoInputs } from '../go/read-go.ts';
import type { Selection } from '../go/select-toolchain.ts';
import { isOlder } from '../wish-range.ts';
import { checkPins } from './check-pins.ts';
import { checkWorkspace } from './check-workspace.ts';
import type { GoFileMemory } from './go-file-memory.ts';

/** A choice with what it was made from. */
export interface Choice {
  readonly selection: Selection;
  readonly wish: GoWish | undefined;
  readonly go: GoInputs;
  readonly pins: readonly Declaration[];
  readonly goFiles: GoFileMemory;
}

function checkRefusal({ selection, go }: Choice): Finding[] {
  if (!('refused' in selection)) return [];
  const places: Readonly<Record<typeof selection.by, Place | undefined>> = {
    GOTOOLCHAIN: go.badGowork === undefined ? go.gotoolchain?.place : undefined,
    'toolchain line': go.toolchainLine?.place,
    'go line': go.goLine?.place,
  };
  const place = places[selection.by];
  const finding: Finding = {
    code: 'declare.go-refuses',
    severity: 'error',
    message: `the go command refuses to run: ${selection.refused}`,
  };
  return [place ? findingAt(place, finding) : finding];
}

/** What is chosen must be at least what the `go` line says; Go refuses to build otherwise. */
function checkGoLine({ wish, go }: Choice, { go: line }: GoFileContent): Finding[] {
  if (!line || !wish || !isOlder(wish, line.value)) return [];
  const chosen = wish.kind === 'release' ? wish.release : wish.kind;
  const setting = go.gotoolchain ? `; GOTOOLCHAIN=${go.gotoolchain.value}` : '';
  return [
    findingAt(line.place, {
      code: 'declare.too-old',
      severity: 'error',
      message: `requires go >= ${line.value}, but ${chosen} runs${setting}`,
      hint: 'pin a newer release, or set GOTOOLCHAIN=auto',
    }),
  ];
}

/** Whatever is wrong with the choice for one directory: refusals, malformed files, too old releases, disagreeing version files. */
export function checkResolution(choice: Choice): Finding[] {
  const { go, pins, goFiles } = choice;
  const mod = go.mod && goFiles.parse(go.mod, 'go.mod');
  const work = go.work && goFiles.parse(go.work, 'go.work');
  const counting = work ?? mod;
  return [
    ...checkRefusal(choice),
    ...(work?.findings ?? []),
    ...(mod?.findings ?? []),
    ...(counting ? checkGoLine(choice, counting) : []),
    ...(go.work ? checkWorkspace(go.work, go.mod, goFiles) : []),
    ...checkPins(pins, go),
  ];
}
