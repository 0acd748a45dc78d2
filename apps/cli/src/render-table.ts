import Table from 'cli-table3';

/** A table for eyes, without frames, columns two spaces apart. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const none = Object.fromEntries(
    [
      'top',
      'top-mid',
      'top-left',
      'top-right',
      'bottom',
      'bottom-mid',
      'bottom-left',
      'bottom-right',
      'left',
      'left-mid',
    ]
      .concat(['mid', 'mid-mid', 'right', 'right-mid', 'middle'])
      .map((name) => [name, name === 'middle' ? '  ' : '']),
  );
  const table = new Table({
    head: [...head],
    chars: none,
    style: {
      border: [],
      head: process.stdout.isTTY && !process.env.NO_COLOR ? ['bold'] : [],
      'padding-left': 0,
      'padding-right': 0,
    },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
