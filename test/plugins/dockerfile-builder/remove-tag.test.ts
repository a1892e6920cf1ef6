import { describe, expect, it } from 'vitest';
import { removeTag } from '../../../plugins/dockerfile-builder/client.ts';
import type { DockerClient } from '../../../plugins/shared/docker-client.ts';

const failure = (statusCode: number) => Object.assign(new Error(`status ${statusCode}`), { statusCode });

/** An engine with one image of installation `ours`, that fails removals in this way before it removes. */
function engine(failures: readonly number[]) {
  const left = [...failures];
  let there = true;
  const image = {
    async inspect() {
      if (!there) throw failure(404);
      return { Config: { Labels: { 'octohost.installation': 'ours' } } };
    },
    async remove() {
      const status = left.shift();
      if (status !== undefined) throw failure(status);
      there = false;
    },
  };
  const client = {
    use: (work: (docker: unknown) => unknown) => work({ getImage: () => image }),
  } as unknown as DockerClient;
  return { client, isThere: () => there, pending: () => left.length };
}

describe('a tag that is taken away', () => {
  it('is taken away again when the engine stumbled over another removal at the same moment', async () => {
    const stumbling = engine([500, 500]);
    await removeTag(stumbling.client, 'octohost/ours/app:1', 'ours');
    expect(stumbling.isThere()).toBe(false);
  });

  it('is given up when the engine goes on stumbling', async () => {
    await expect(removeTag(engine([500, 500, 500, 500, 500]).client, 'x', 'ours')).rejects.toThrow(
      'status 500',
    );
  });

  it.each([404, 409])('is left as it is where the engine says %i', async (status) => {
    const other = engine([status]);
    await removeTag(other.client, 'x', 'ours');
    expect(other.isThere()).toBe(true);
  });

  it("is never touched where it is somebody else's", async () => {
    const other = engine([500]);
    await removeTag(other.client, 'x', 'theirs');
    expect(other.pending()).toBe(1);
  });
});
