/** Objects of one repository in another: real git. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { indexPack, packRepository } from '../../../cli/door/packs.ts';
import { createScratch, type Scratch } from './scratch.ts';

let scratch: Scratch;
beforeEach(() => {
  scratch = createScratch();
});
afterEach(() => scratch.remove());

const signal = new AbortController().signal;

it('a pack is taken in by its own end, whenever its stream ends', async () => {
  const from = scratch.init('from.git');
  const revision = scratch.commit(from, { file: 'content' });
  const bytes = await buffer(packRepository(from, [revision], signal));
  const to = scratch.init('to.git');
  const endless = new Readable({ read() {} });
  endless.push(bytes);
  await indexPack(to, endless);
  expect(scratch.git(to, ['show', `${revision}:file`])).toBe('content');
});

it('half a pack is refused', async () => {
  const from = scratch.init('from.git');
  const revision = scratch.commit(from, { file: 'content' });
  const bytes = await buffer(packRepository(from, [revision], signal));
  const half = Readable.from([bytes.subarray(0, bytes.length / 2)]);
  await expect(indexPack(scratch.init('to.git'), half)).rejects.toMatchObject({ code: 'E_GIT' });
});

it('what cannot be packed is said in the words of git', async () => {
  const pack = packRepository(scratch.init('from.git'), ['f'.repeat(40)], signal);
  await expect(buffer(pack)).rejects.toThrow(/bad object/);
});
