/** Variables that a shell script assigns, read without running it: what only a shell could know is told. Pure. */

export interface Assignments {
  readonly values: ReadonlyMap<string, string>;
  /** What is not understood: where it stands, whose value it is, and why. */
  readonly unread: readonly { readonly line: number; readonly name?: string; readonly because: string }[];
}

const assignment = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s;
const name = /^(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))/;

class NotRead extends Error {}

/** One assignment a line, as a file in /etc/default has them; the last one of a name counts. */
export function readAssignments(text: string): Assignments {
  const values = new Map<string, string>();
  const unread: Assignments['unread'][number][] = [];
  for (const [index, given] of text.split('\n').entries()) {
    const content = given.replace(/\r$/, '');
    if (/^\s*(#.*)?$/.test(content)) continue;
    const [, variable, rest = ''] = assignment.exec(content) ?? [];
    const at = { line: index + 1, ...(variable === undefined ? {} : { name: variable }) };
    if (variable !== undefined) values.delete(variable);
    try {
      if (variable === undefined) throw new NotRead('it is no assignment');
      values.set(variable, readValue(rest, values));
    } catch (error) {
      if (!(error instanceof NotRead)) throw error;
      unread.push({ ...at, because: error.message });
    }
  }
  return { values, unread };
}

/** The value at the start of a text, behind which nothing but a comment may stand. */
function readValue(text: string, known: ReadonlyMap<string, string>): string {
  let value = '';
  let rest = text;
  let quoted = false;
  while (rest !== '') {
    const sign = rest[0] as string;
    rest = rest.slice(1);
    if (sign === '"') quoted = !quoted;
    else if (sign === '`') throw new NotRead('it runs a command');
    else if (sign === '$') [value, rest] = expanded(value, rest, known);
    else if (sign === '\\') {
      if (rest === '') throw new NotRead('it goes on in the next line');
      // Between double quotes a backslash stands for itself before anything else.
      value += quoted && !/^[$`"\\]/.test(rest) ? `\\${rest[0]}` : rest[0];
      rest = rest.slice(1);
    } else if (quoted) value += sign;
    else if (sign === "'") {
      const end = rest.indexOf("'");
      if (end < 0) throw new NotRead('a quote is not closed');
      value += rest.slice(0, end);
      rest = rest.slice(end + 1);
    } else if (/\s/.test(sign)) {
      if (/^\s*(#.*)?$/.test(rest)) return value;
      throw new NotRead('a command stands behind it');
    } else if (/[;&|<>()]/.test(sign)) throw new NotRead('a command stands behind it');
    else value += sign;
  }
  if (quoted) throw new NotRead('a quote is not closed');
  return value;
}

/** A variable that was assigned before; whatever else a `$` begins, is for a shell. */
function expanded(value: string, rest: string, known: ReadonlyMap<string, string>): [string, string] {
  const [all, braced, plain] = name.exec(rest) ?? [];
  if (all === undefined) {
    if (rest.startsWith('(')) throw new NotRead('it runs a command');
    throw new NotRead('it has a $ that only a shell understands');
  }
  const variable = braced ?? plain ?? '';
  const found = known.get(variable);
  if (found === undefined) throw new NotRead(`it needs ${variable}, which is not known here`);
  return [value + found, rest.slice(all.length)];
}
