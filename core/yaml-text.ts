/**
 * A YAML text, or the JSON that is one, as plain values with the line of each. Data and no more: anchors, aliases, tags,
 * directives and second documents are mistakes. Loaded only where there is such a text. Pure.
 */
import { Composer, type CST, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, Parser } from 'yaml';

/** What is wrong, and the line that it stands in. */
export interface Mistake {
  readonly line: number;
  readonly words: string;
}

/** From the top to a value. */
export type Path = readonly (string | number)[];

export interface PlainText {
  /** Maps (without a prototype), lists, texts, numbers, booleans, null; undefined where nothing is written. */
  readonly value: unknown;
  /** The line of a value, where a map has it that of its key; counted from 1. */
  lineOf(path: Path): number;
  /** A number or a boolean as somebody wrote it: `1.10`. */
  writtenAt(path: Path): string | undefined;
  readonly mistakes: readonly Mistake[];
}

/** Nobody writes deeper; the composer calls itself for each level. */
const maxDepth = 16;

type Place = { readonly line: number; readonly written?: string };

/** @param under reads only what this key at the top has, as if nothing were around it */
export function plainText(text: string, under?: string): PlainText {
  const reading = new Reading();
  const value = reading.read(text, under);
  return {
    value,
    mistakes: reading.mistakes,
    lineOf: (path) => reading.places.get(JSON.stringify(path))?.line ?? 1,
    writtenAt: (path) => reading.places.get(JSON.stringify(path))?.written,
  };
}

class Reading {
  readonly mistakes: Mistake[] = [];
  readonly places = new Map<string, Place>();
  readonly #lines = new LineCounter();

  read(text: string, under: string | undefined): unknown {
    const tokens = [...new Parser(this.#lines.addNewLine).parse(text)];
    for (const { type, offset } of tokens)
      if (type === 'directive') this.#mistake(offset, 'directives are not understood here');
    const deep = tooDeep(tokens);
    if (deep !== undefined) this.#mistake(deep, 'this is nested too deep');
    if (this.mistakes.length > 0) return undefined;
    const composer = new Composer({ uniqueKeys: false, prettyErrors: false });
    const [document, second] = [...composer.compose(tokens, true, text.length)];
    if (second) this.#mistake(second.range[0], 'a second document begins; there can be one');
    // What the parser quotes of the text may be somebody's secret.
    for (const { pos, message } of document?.errors ?? [])
      this.#mistake(pos[0], message.replace(/: ".*$/s, ''));
    if (!document?.contents || this.mistakes.length > 0) return undefined;
    if (under === undefined) return this.#plain(document.contents, []);
    const inner = isMap(document.contents) ? (document.contents.get(under, true) as Node) : undefined;
    return inner && this.#plain(inner, []);
  }

  #plain(node: Node | null, path: Path): unknown {
    if (node === null) return null;
    const at = node.range?.[0] ?? 0;
    this.#place(path, at);
    if (isAlias(node)) this.#mistake(at, 'aliases are not understood here');
    else if (node.anchor) this.#mistake(at, 'anchors are not understood here');
    if (node.tag) this.#mistake(at, 'tags are not understood here');
    if (isMap(node)) return this.#map(node.items as Pair[], path);
    if (isSeq(node)) return node.items.map((item, index) => this.#plain(item as Node, [...path, index]));
    return isScalar(node) ? this.#scalar(node, path, at) : undefined;
  }

  #map(pairs: readonly Pair[], path: Path): unknown {
    const map = Object.create(null) as Record<string, unknown>;
    for (const { key, value } of pairs) {
      const at = key?.range?.[0] ?? 0;
      const name = isScalar(key) && !key.tag && !key.anchor ? (key.source ?? String(key.value)) : undefined;
      if (name === undefined) this.#mistake(at, 'a key must be a plain word');
      else if (name === '__proto__') this.#mistake(at, 'there is no key __proto__');
      else if (Object.hasOwn(map, name)) this.#mistake(at, `the key ${shortened(name)} stands twice`);
      else {
        map[name] = this.#plain(value, [...path, name]);
        this.#place([...path, name], at);
      }
    }
    return map;
  }

  #scalar({ value, source }: { value: unknown; source?: string }, path: Path, at: number): unknown {
    if (typeof value === 'number' || typeof value === 'boolean') this.#place(path, at, source);
    if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed()))
      this.#mistake(at, 'this is no text: it has a NUL, or half of a character');
    return value;
  }

  /** The line of a key stays that of the key, what is written is the value's. */
  #place(path: Path, at: number, written?: string): void {
    const known = this.places.get(JSON.stringify(path))?.written;
    const kept = written ?? known;
    this.places.set(JSON.stringify(path), {
      line: this.#lines.linePos(at).line,
      ...(kept === undefined ? {} : { written: kept }),
    });
  }

  #mistake(at: number, words: string): void {
    this.mistakes.push({ line: this.#lines.linePos(at).line, words });
  }
}

type Pair = { readonly key: Node | null; readonly value: Node | null };

/** The offset of the first value that lies too deep. Without recursion: that is what the limit is for. */
function tooDeep(tokens: readonly CST.Token[]): number | undefined {
  const todo = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const { token, depth } = next;
    if (depth > maxDepth) return token.offset;
    if (token.type === 'document' && token.value) todo.push({ token: token.value, depth });
    if (!('items' in token)) continue;
    for (const { key, value } of token.items)
      for (const inner of [key, value]) if (inner) todo.push({ token: inner, depth: depth + 1 });
  }
  return undefined;
}

/** A word of the file in a message. */
export function shortened(word: string): string {
  return JSON.stringify(word.length > 40 ? `${word.slice(0, 40)}…` : word);
}
