/** Reads nginx's configuration into directives, so that tests can ask for one instead of comparing text. */
export interface Directive {
  readonly words: readonly string[];
  /** Directives between its braces; empty for one that ends with a semicolon. */
  readonly block: readonly Directive[];
}

export function parseConf(text: string): Directive[] {
  const tokens = text.replaceAll(/^\s*#.*$/gm, '').match(/"(?:[^"\\]|\\.)*"|[{};]|[^\s{};"]+/g) ?? [];
  return readBlock(tokens.values());
}

function readBlock(tokens: IterableIterator<string>): Directive[] {
  const block: Directive[] = [];
  let words: string[] = [];
  for (let next = tokens.next(); !next.done && next.value !== '}'; next = tokens.next()) {
    if (next.value === ';' || next.value === '{') {
      block.push({ words, block: next.value === '{' ? readBlock(tokens) : [] });
      words = [];
    } else words.push(next.value);
  }
  return block;
}

export function blocksNamed(block: readonly Directive[], name: string): Directive[] {
  return block.filter(({ words }) => words[0] === name);
}

/** What follows the name of the first directive of this name. */
export function valuesOf(block: readonly Directive[], name: string): readonly string[] {
  return blocksNamed(block, name)[0]?.words.slice(1) ?? [];
}
