import { GofleetError } from '@gofleet/base/errors';
import type { Reproduction, ReproductionGrade } from './relink-result.ts';

const order: readonly ReproductionGrade[] = ['claimed', 'compiled-equal', 'proven'];

/** Whether a grade is at least another one. */
export function reachesGrade(grade: ReproductionGrade, minimum: ReproductionGrade): boolean {
  return order.indexOf(grade) >= order.indexOf(minimum);
}

/**
 * Accepts a reproduction of at least the wanted grade.
 * @throws `build.grade-too-low`
 */
export function requireGrade(reproduction: Reproduction, minimum: ReproductionGrade): void {
  if (reachesGrade(reproduction.grade, minimum)) return;
  const causes = reproduction.differences.map(({ cause, evidence }) => `${cause}: ${evidence}`).join('; ');
  throw new GofleetError(
    'build.grade-too-low',
    `the original could not be reproduced: expected grade ${minimum}, found ${reproduction.grade} (${causes})`,
    {
      facts: { minimumGrade: minimum, grade: reproduction.grade, causes },
      hint: `accept less evidence with the minimum grade ${reproduction.grade}, or find out what differs`,
    },
  );
}
