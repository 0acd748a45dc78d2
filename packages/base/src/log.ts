/** Takes one structured line; errors belong into the facts as `errorToJson` makes them, secrets nowhere. */
export type Log = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  facts?: Readonly<Record<string, unknown>>,
) => void;
