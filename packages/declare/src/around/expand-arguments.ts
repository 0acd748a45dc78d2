/** The values of build arguments by name; `undefined` for one that is declared without a default. */
export type Arguments = ReadonlyMap<string, string | undefined>;

const variable = /\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-+])([^{}$]*))?\})/g;

function substitute(
  value: string | undefined,
  operator: string | undefined,
  word: string,
): string | undefined {
  const isSet = operator?.startsWith(':') ? value !== undefined && value !== '' : value !== undefined;
  if (operator?.endsWith('-')) return isSet ? value : word;
  if (operator?.endsWith('+')) return isSet ? word : '';
  return value;
}

/**
 * A text of a FROM or ARG with its arguments put in: `$GO`, `${GO}`, `${GO:-1.26}`, `${GO:+-alpine}`; `undefined` when one has no
 * value, or is written in a form that is not known.
 * @see Dockerfile reference, environment replacement
 */
export function expandArguments(text: string, values: Arguments): string | undefined {
  let isKnown = true;
  const expanded = text.replace(
    variable,
    (_all, plain?: string, braced?: string, operator?: string, word = '') => {
      const value = substitute(values.get(plain ?? braced ?? ''), operator, word);
      if (value === undefined) isKnown = false;
      return value ?? '';
    },
  );
  return isKnown && !expanded.includes('$') ? expanded : undefined;
}
