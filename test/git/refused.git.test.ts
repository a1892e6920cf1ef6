/** A deploy that fails refuses the push: no ref, no release, no repository; the old version serves. */
import { describe, expect, it } from 'vitest';
import { command, page } from '../helpers/private-instance.ts';
import { gitLab } from './lab.ts';

const lab = gitLab();

describe('a push is refused', () => {
  const bad = [
    {
      what: 'whose build fails',
      files: { Dockerfile: 'FROM octohost/busybox:1\nRUN echo broken pipework && false\n' },
      says: 'broken pipework',
    },
    {
      what: 'whose program ends at once',
      files: { Dockerfile: command('echo cannot go on; exit 7') },
      says: 'container: cannot go on',
    },
    { what: 'without a Dockerfile', files: { Dockerfile: null, 'readme.md': 'x' }, says: 'E_NO_BUILDER' },
    {
      what: 'whose CNAME is no domain',
      files: { ...page('x'), CNAME: 'no domain; at all' },
      says: 'E_DOMAIN',
    },
  ];

  it.each(bad)('$what, as the first of a site', async ({ files, says }) => {
    const client = await lab.client();
    await client.commit(files);
    const pushed = await client.push('fresh', 'main');
    expect(pushed.code).toBe(1);
    expect(pushed.stderr).toContain(says);
    expect(pushed.stderr).toMatch(/! \[remote rejected\] main -> main \(.+\)/);
    expect(await lab.repositories()).not.toContain('fresh');
    expect((await lab.repositories()).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(await lab.site('fresh')).toBeUndefined();
    expect(await lab.containers('fresh')).toEqual([]);
    expect(await lab.images('fresh')).toEqual([]);
  });

  it.each(bad)('$what, and the version before serves on', async ({ files, says }) => {
    const client = await lab.client();
    if (!(await lab.site('old'))) await lab.clientOf(client.path).commit(page('old'));
    else await client.git('pull', '-q', lab.url('old'), 'main');
    await client.push('old', 'main');
    const before = { images: await lab.images('old'), containers: await lab.containers('old') };
    await client.commit(files);
    const pushed = await client.push('old', 'main');
    expect(pushed.code).toBe(1);
    expect(pushed.stderr).toContain(says);
    expect(await lab.body('old')).toBe('old');
    expect({ images: await lab.images('old'), containers: await lab.containers('old') }).toEqual(before);
  });

  it('whose port never answers, after the time that the site allows', async () => {
    await lab.octo(['config:set', 'silent/OCTO_CHECK_TIMEOUT', '1']);
    const client = await lab.client();
    await client.commit({ Dockerfile: command('sleep 1000') });
    const pushed = await client.push('silent', 'main');
    expect(pushed.code).toBe(1);
    expect(pushed.stderr).toContain('E_CHECK_SILENT');
    expect(await lab.repositories()).not.toContain('silent');
  });
});
