/** Takes one structured line; errors belong into the facts as `errorToJson` makes them, secrets nowhere. */
export type Log = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  facts?: Readonly<Record<string, unknown>>,
) => void;

/** A log that adds to each line what is known of what it names; what the line says itself wins. */
export function withFacts(
  log: Log,
  known: (facts: Readonly<Record<string, unknown>>) => Readonly<object> | undefined,
): Log {
  return (level, message, facts = {}) => log(level, message, { ...known(facts), ...facts });
}
