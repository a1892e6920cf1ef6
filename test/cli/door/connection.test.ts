import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { watchConnection } from '../../../cli/door/connection.ts';
import { whole } from '../../../cli/door/remote.ts';

describe('the connection', () => {
  it('is dropped once the process has another parent', async () => {
    let parent = 4711;
    const connection = watchConnection({ parent: () => parent, every: 5, moment: 1 });
    expect(await connection.isDropped()).toBe(false);
    expect(connection.dropped.aborted).toBe(false);
    parent = 1;
    await expect.poll(() => connection.dropped.aborted).toBe(true);
    connection.close();
  });

  it('is seen dropped at once by who asks', async () => {
    let parent = 4711;
    const connection = watchConnection({ parent: () => parent, every: 60_000, moment: 1 });
    parent = 812;
    expect(await connection.isDropped()).toBe(true);
    expect(connection.dropped.aborted).toBe(true);
    connection.close();
  });

  it('was dropped before anybody looked where the parent is 1', async () => {
    const connection = watchConnection({ parent: () => 1, moment: 1 });
    expect(await connection.isDropped()).toBe(true);
    connection.close();
  });
});

describe('what comes in over it', () => {
  const isDropped = (dropped: boolean) => ({ isDropped: async () => dropped });

  it('is passed on whole', async () => {
    const input = Readable.from([Buffer.from('a b'), Buffer.from('\n\0c')]);
    expect(await text(whole(input, isDropped(false)))).toBe('a b\n\0c');
  });

  it('is an error, not half a value, where the connection was lost', async () => {
    const input = Readable.from([Buffer.from('half')]);
    await expect(text(whole(input, isDropped(true)))).rejects.toMatchObject({ code: 'E_DOOR_DROPPED' });
  });

  it('may be lost where nobody reads it', async () => {
    const unread = whole(Readable.from([]), isDropped(true));
    await new Promise<void>((resolve) => void unread.once('close', resolve));
    expect(unread.errored).toMatchObject({ code: 'E_DOOR_DROPPED' });
  });

  it('is an error where it cannot be read', async () => {
    const input = new PassThrough();
    const read = text(whole(input, isDropped(false)));
    input.destroy(new Error('EIO'));
    await expect(read).rejects.toThrow('EIO');
  });
});
