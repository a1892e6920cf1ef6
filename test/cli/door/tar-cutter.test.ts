import { buffer } from 'node:stream/consumers';
import { array, assert, integer, property } from 'fast-check';
import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { createTarCutter } from '../../../cli/door/tar-cutter.ts';

/** A tar with an end as long as git's. */
async function tar(...entries: { name: string; content?: string }[]): Promise<Buffer> {
  const packed = pack();
  for (const { name, content = '' } of entries) packed.entry({ name, mtime: new Date(0) }, content);
  packed.finalize();
  return buffer(packed);
}

const end = 1024;
const cut = (chunks: readonly Buffer[]) => Buffer.concat(chunks.map(createTarCutter()));

const samples = {
  'plain files': tar({ name: 'a', content: 'x'.repeat(700) }, { name: 'b' }),
  'a file that ends with zeros': tar({ name: 'zeros', content: '\0'.repeat(4000) }),
  'a file that looks like an end and goes on': tar({ name: 'zeros', content: `${'\0'.repeat(2048)}x` }),
  'names that need an extended header': tar({ name: `${'long/'.repeat(60)}name`, content: 'x' }),
  'no file': tar(),
};

describe.each(Object.entries(samples))('of a tar with %s', (_, made) => {
  it('only the end is left out, wherever its chunks are cut', async () => {
    const whole = await made;
    assert(
      property(array(integer({ min: 0, max: whole.length }), { maxLength: 6 }), (places) => {
        const cuts = [0, ...places.toSorted((a, b) => a - b), whole.length];
        const chunks = cuts.slice(1).map((to, index) => whole.subarray(cuts[index], to));
        expect(cut(chunks).equals(whole.subarray(0, whole.length - end))).toBe(true);
      }),
    );
  });
});

it('what comes after the end is left out too', async () => {
  const whole = await samples['plain files'];
  expect(cut([whole, Buffer.alloc(8192), whole])).toEqual(whole.subarray(0, whole.length - end));
});

/** git writes a size over 8 GiB into an extended header, and none into the header itself. */
it('a size in an extended header counts', () => {
  const header = (type: string, size: number) => {
    const data = Buffer.alloc(512);
    data.write('name', 0);
    data.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
    data.write(type, 156);
    return data;
  };
  const record = '13 size=1024\n';
  const extended = Buffer.alloc(512);
  extended.write(record);
  const entry = Buffer.concat([header('x', record.length), extended, header('0', 0), Buffer.alloc(1024)]);
  const next = Buffer.concat([header('0', 3), Buffer.alloc(512, 'abc')]);
  const whole = Buffer.concat([entry, next, Buffer.alloc(end)]);
  expect(cut([whole])).toEqual(Buffer.concat([entry, next]));
});

it.each([
  ['no tar', Buffer.alloc(512, 'x')],
  ['a size that is no number', Buffer.alloc(512, 0xff)],
  ['a byte order mark before it', Buffer.concat([Buffer.from('\uFEFF'), Buffer.alloc(512, 'a')])],
])('%s is an error', (_, bytes) => {
  expect(() => cut([bytes])).toThrow(/of the tar|no size/);
});
