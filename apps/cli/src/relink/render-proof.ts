import { renderBytes } from '@gofleet/base/units';
import type { ReproductionGrade } from '@gofleet/build/relink';
import type { ProofResult } from './relink-file.ts';

const proofs: Readonly<Record<ReproductionGrade, string>> = {
  proven: 'bit for bit equal',
  'compiled-equal': 'compiled from the same inputs, linked with other flags',
  claimed: 'not reproduced',
};

/** The grades that a rebuild can reach, best first. */
export const reproductionGrades: readonly string[] = Object.keys(proofs);

function renderSegments(segments: readonly boolean[]): string {
  const names = ['link inputs', 'compile inputs', 'compile output', 'binary'];
  return names.map((name, index) => `${name} ${segments[index] ? 'equal' : 'differs'}`).join(', ');
}

/** An original and how well it was reproduced, in lines for eyes. */
export function renderProof({ original, reproduction }: ProofResult): string[] {
  const { grade, equal, segments, differences, source, retracted } = reproduction;
  const module = original.main ? `${original.main.path}@${original.main.version}` : original.package;
  const proof = equal ? '' : `\n           ${renderSegments(segments)}`;
  const why = differences.map(({ cause, evidence }) => {
    // Sections of one cause come in a list.
    return `\n           ${cause}: ${evidence.replaceAll('; ', `\n${' '.repeat(13 + cause.length)}`)}`;
  });
  return [
    `original   ${original.goVersion}  ${module}  ${renderBytes(original.sizeBytes)}`,
    ...(source === undefined ? [] : [`source     ${source}`]),
    ...(retracted === undefined ? [] : [`retracted  by its author: ${retracted}`]),
    `proof      ${grade}: ${proofs[grade]}${proof}${why.join('')}`,
  ];
}
