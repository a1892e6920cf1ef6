/** Reads the wire format of protocol buffers: as much of it as BuildKit's trace needs. Pure. */

/** One field of a message: its number, and its bytes or its number. Fixed-width values are skipped. */
export type Field =
  | { readonly number: number; readonly bytes: Buffer }
  | { readonly number: number; readonly value: number };

/** Throws a RangeError where a message is cut off. */
export function* readFields(message: Buffer): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message.readUInt8(at++);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    const type = tag % 8;
    if (type === 0) {
      yield { number, value: varint() };
    } else if (type === 2) {
      const length = varint();
      if (at + length > message.length) throw new RangeError('a field ends behind its message');
      yield { number, bytes: message.subarray(at, at + length) };
      at += length;
    } else if (type === 1 || type === 5) {
      at += type === 1 ? 8 : 4;
    } else {
      throw new RangeError(`wire type ${type} is not known`);
    }
  }
}
