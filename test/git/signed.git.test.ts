/** Signed pushes: who signed is said; a signature that nobody knows is no reason to refuse. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { page } from '../helpers/private-instance.ts';
import { gitLab } from './lab.ts';

const lab = gitLab();

beforeAll(async () => {
  for (const name of ['known', 'unknown'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', lab.path(name)]);
  const added = await lab.octo(['keys:add', 'alice'], readFileSync(lab.path('known.pub'), 'utf8'));
  expect(added, added.stderr).toMatchObject({ code: 0 });
});

async function signer(key: string) {
  const client = await lab.client();
  await client.git('config', 'gpg.format', 'ssh');
  await client.git('config', 'user.signingKey', lab.path(key));
  await client.commit(page(key));
  return client;
}

describe('a signed push', () => {
  it.each(['--signed', '--signed=if-asked'])(
    '(%s) by a known key is accepted, and says who signed',
    async (flag) => {
      const site = `known${flag.length}`;
      const pushed = await (await signer('known')).push(site, flag, 'main');
      expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
      expect(pushed.stderr).toMatch(/^remote: .*signed.*alice/im);
      expect(await lab.body(site)).toBe('known');
    },
  );

  it('by a key that nobody added is accepted, with a remark', async () => {
    const pushed = await (await signer('unknown')).push('unknown', '--signed', 'main');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect(pushed.stderr).toMatch(/^remote: .*sign/im);
    expect(pushed.stderr).not.toContain('alice');
    expect(await lab.body('unknown')).toBe('unknown');
  });

  it('leaves nothing where its deploy fails', async () => {
    const client = await signer('known');
    await client.commit({ Dockerfile: 'FROM octohost/busybox:1\nRUN false\n' });
    const pushed = await client.push('signed-bad', '--signed', 'main');
    expect(pushed.code).toBe(1);
    expect(pushed.stderr).toContain('E_BUILD_FAILED');
    expect(await lab.repositories()).not.toContain('signed-bad');
  });

  it('keeps no certificate as a ref or a site', async () => {
    const client = await signer('known');
    expect(await client.push('clean', '--signed', 'main')).toMatchObject({ code: 0 });
    expect(Object.keys(await lab.refs('clean'))).toEqual([
      'refs/heads/main',
      'refs/octohost/releases/clean/1',
    ]);
  });
});

it('a signed commit or tag is pushed like any other', async () => {
  const client = await signer('known');
  await client.git('commit', '-q', '--allow-empty', '-S', '-m', 'Signed');
  await client.git('tag', '-s', '-m', 'Signed', 'v1');
  const pushed = await client.push('commits', '--follow-tags', 'main');
  expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
  expect(await lab.refs('commits')).toHaveProperty('refs/tags/v1');
});
