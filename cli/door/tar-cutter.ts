/** A tar stream without its end, so that another can follow. Every other byte passes as it is. Pure. */

const block = 512;
const sizeField = { start: 124, end: 136 };
const typeField = 156;
const maxExtended = 1024 * 1024;

/** Takes a tar's chunks one after another, cut anywhere, and gives back what belongs to its entries. */
export function createTarCutter(): (chunk: Buffer) => Buffer {
  let held: Buffer = Buffer.alloc(0);
  /** How much of the current entry's content is still to come. */
  let content = 0;
  /** What an extended header says of the size of the entry after it. */
  let nextSize: number | undefined;
  let ended = false;

  /** The length of the header, or of the extended header with its content, at `at`; undefined: more must come. */
  const take = (data: Buffer, at: number): number | undefined => {
    const size = octal(data, at);
    const type = String.fromCharCode(data[at + typeField] ?? 0);
    if (type !== 'x') {
      content = padded(type === 'g' ? size : (nextSize ?? size));
      if (type !== 'g') nextSize = undefined;
      return block;
    }
    if (size > maxExtended) throw new Error('an extended header of the tar is too large');
    if (data.length < at + block + padded(size)) return undefined;
    nextSize = sizeIn(data.toString('latin1', at + block, at + block + size));
    return block + padded(size);
  };

  return (chunk) => {
    if (ended) return Buffer.alloc(0);
    const data = held.length > 0 ? Buffer.concat([held, chunk]) : chunk;
    let at = 0;
    for (;;) {
      const passed = Math.min(content, data.length - at);
      content -= passed;
      at += passed;
      if (data.length - at < block) break;
      ended = data.subarray(at, at + block).every((byte) => byte === 0);
      const length = ended ? undefined : take(data, at);
      if (length === undefined) break;
      at += length;
    }
    held = ended ? Buffer.alloc(0) : Buffer.from(data.subarray(at));
    return data.subarray(0, at);
  };
}

const padded = (size: number) => Math.ceil(size / block) * block;

function octal(data: Buffer, at: number): number {
  const size = Number.parseInt(data.toString('latin1', at + sizeField.start, at + sizeField.end), 8);
  if (!Number.isSafeInteger(size)) throw new Error('a header of the tar has no size');
  return size;
}

/** Records of an extended header are `<length> <key>=<value>\n`; a value may hold anything. */
function sizeIn(text: string): number | undefined {
  for (let at = 0; at < text.length; ) {
    const length = Number.parseInt(text.slice(at), 10);
    if (!(length > 0)) return undefined;
    const match = /^\d+ size=(\d+)\n$/.exec(text.slice(at, at + length));
    if (match) return Number(match[1]);
    at += length;
  }
  return undefined;
}
