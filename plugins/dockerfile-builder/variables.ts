/** Variables in a Dockerfile's words, as the builder expands them. Pure. */

/** Values by name; a name that is not here has a value that cannot be known from the Dockerfile alone. */
export type Variables = ReadonlyMap<string, string>;

const reference = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::([-+])([^{}]*))?\})/y;

/** A variable that doubles itself in each line must not fill the memory. */
const maxLength = 65_536;

/** The word without its quotes and with its variables filled in; undefined where one of them is not known, or it is too long. */
export function expand(word: string, variables: Variables, escapeCharacter = '\\'): string | undefined {
  let result = '';
  let quote = '';
  for (let at = 0; at < word.length; at++) {
    const char = word[at] as string;
    if (char === escapeCharacter && quote !== "'" && at + 1 < word.length) {
      result += word[++at];
    } else if (char === quote) {
      quote = '';
    } else if (quote === '' && (char === '"' || char === "'")) {
      quote = char;
    } else if (char === '$' && quote !== "'") {
      reference.lastIndex = at;
      const match = reference.exec(word);
      const value = match ? variableValue(match, variables, escapeCharacter) : undefined;
      if (!match || value === undefined) return undefined;
      result += value;
      if (result.length > maxLength) return undefined;
      at += match[0].length - 1;
    } else {
      result += char;
    }
  }
  return result;
}

function variableValue(
  match: RegExpExecArray,
  variables: Variables,
  escapeCharacter: string,
): string | undefined {
  const [, plain, braced, modifier, word = ''] = match;
  const value = variables.get((plain ?? braced) as string);
  if (modifier === '-') return value || expand(word, variables, escapeCharacter);
  if (modifier === '+') return value ? expand(word, variables, escapeCharacter) : '';
  return value;
}
