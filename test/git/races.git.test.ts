/** A ref that moved since the client looked, two pushes at once, and a client that holds still. */
import { describe, expect, it } from 'vitest';
import { page } from '../helpers/private-instance.ts';
import { type Client, gitLab } from './lab.ts';
import { connectRaw, nothing } from './raw-client.ts';

const lab = gitLab();

/** A site with one release, and a second client that has it too and a commit of its own on top. */
async function twoPeople(site: string): Promise<[Client, Client]> {
  const first = await lab.client();
  await first.commit(page('base'));
  await first.push(site, 'main');
  const second = await lab.client();
  await second.git('pull', '-q', lab.url(site), 'main');
  await first.commit(page('first'));
  await second.commit(page('second'));
  return [first, second];
}

describe('a ref that moved since the client looked', () => {
  it('is told to fetch first, before any work', async () => {
    const [first, second] = await twoPeople('moved');
    const before = await first.revision('HEAD^');
    const late = await connectRaw(lab, 'moved');
    expect(late.refs).toEqual({ 'refs/heads/main': before });
    expect(await first.push('moved', 'main')).toMatchObject({ code: 0 });
    const change = { ref: 'refs/heads/main', before, after: await second.revision() };
    const answer = await late.send([change], second.path);
    await late.leave();
    expect(answer.refs['refs/heads/main']).not.toBe('ok');
    expect(answer.said).toMatch(/fetch first/i);
    expect(answer.said).not.toContain('-----> build');
    expect(await lab.body('moved')).toBe('first');
    expect((await lab.site('moved'))?.releases).toHaveLength(2);
  });

  it('is told so too when it was deleted, or came to be', async () => {
    const [first, second] = await twoPeople('came');
    await first.push('came', 'main:next');
    const before = await first.revision();
    const deleted = await connectRaw(lab, 'came');
    const came = await connectRaw(lab, 'came');
    await first.git('push', lab.url('came'), ':next', 'main:other');
    const after = await second.revision();
    const next = await deleted.send([{ ref: 'refs/heads/next', before, after }], second.path);
    const other = await came.send([{ ref: 'refs/heads/other', before: nothing, after }], second.path);
    await Promise.all([deleted.leave(), came.leave()]);
    for (const { said } of [next, other]) {
      expect(said).toMatch(/fetch first/i);
      expect(said).not.toContain('-----> build');
    }
  });
});

describe('two pushes to one ref at once', () => {
  it('the second waits, and is told to fetch first before it is built', async () => {
    const [first, second] = await twoPeople('race');
    const gate = await lab.hold('built', 'race');
    const one = first.start('race', 'main');
    await gate.reached();
    const two = second.start('race', 'main');
    await two.says(/waiting for/i);
    await gate.open();
    expect(await one.done).toMatchObject({ code: 0 });
    const refused = await two.done;
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/fetch first/i);
    expect(refused.stderr).not.toContain('-----> build');
    expect(await lab.body('race')).toBe('first');
    const again = await second.push('race', '--force', 'main');
    expect(again, again.stderr).toMatchObject({ code: 0 });
    expect(await lab.body('race')).toBe('second');
  });

  it('with --force: the second is told to fetch first as well', async () => {
    const [first, second] = await twoPeople('forced');
    const gate = await lab.hold('received', 'forced');
    const one = first.start('forced', 'main');
    await gate.reached();
    const base = await second.revision('HEAD^');
    const two = second.start('forced', `--force-with-lease=main:${base}`, 'main');
    await two.says(/waiting for/i);
    await gate.open();
    expect(await one.done).toMatchObject({ code: 0 });
    const refused = await two.done;
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/fetch first|stale info/i);
    expect(await lab.body('forced')).toBe('first');
  });

  it('of two branches both go through', async () => {
    const [first, second] = await twoPeople('both');
    const done = await Promise.all([
      first.git('push', lab.url('both'), 'main'),
      second.git('push', lab.url('both'), 'main:next'),
    ]);
    expect(done.map(({ code }) => code)).toEqual([0, 0]);
    expect([await lab.body('both'), await lab.body('both-next')]).toEqual(['first', 'second']);
  });

  it('to two new sites both go through', async () => {
    const clients = [await lab.client(), await lab.client()];
    for (const [index, client] of clients.entries()) await client.commit(page(`site ${index}`));
    const done = await Promise.all(
      clients.map((client, index) => client.git('push', lab.url(`new${index}`), 'main')),
    );
    expect(done.map(({ code }) => code)).toEqual([0, 0]);
    expect([await lab.body('new0'), await lab.body('new1')]).toEqual(['site 0', 'site 1']);
  });
});

describe('two first pushes to one new site', () => {
  it('one wins, the other is told to fetch first, and no half repository stays', async () => {
    const clients = [await lab.client(), await lab.client()];
    for (const [index, client] of clients.entries()) await client.commit(page(`client ${index}`));
    const gate = await lab.hold('received', 'brand-new');
    const pushes = clients.map((client) => client.start('brand-new', 'main'));
    await gate.reached();
    await Promise.any(pushes.map((push) => push.says(/waiting for/i)));
    await gate.open();
    const done = await Promise.all(pushes.map((push) => push.done));
    const winner = done.findIndex(({ code }) => code === 0);
    const loser = done[1 - winner];
    expect(loser?.code).toBe(1);
    expect(loser?.stderr).toMatch(/fetch first|push again/i);
    expect(await lab.body('brand-new')).toBe(`client ${winner}`);
    const names = (await lab.repositories()).filter((name) => name === 'brand-new' || name.startsWith('.'));
    expect(names).toEqual(['brand-new']);
    expect((await lab.site('brand-new'))?.releases).toHaveLength(1);
  });

  it('of the same commit leave one repository, whatever the second is told', async () => {
    const client = await lab.client();
    const revision = await client.commit(page('same'));
    const done = await Promise.all([
      client.git('push', lab.url('twin'), 'main'),
      client.git('push', lab.url('twin'), 'main'),
    ]);
    expect(done.map(({ code }) => code)).toContain(0);
    expect((await lab.refs('twin'))['refs/heads/main']).toBe(revision);
    expect((await lab.repositories()).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(await lab.body('twin')).toBe('same');
  });
});

describe('a client that connects and says nothing', () => {
  it('keeps nobody else out of the site', async () => {
    const [first] = await twoPeople('silent');
    const silent = await connectRaw(lab, 'silent');
    const pushed = await first.push('silent', 'main');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect(await lab.body('silent')).toBe('first');
    await silent.leave();
  });

  it('keeps nobody out of a new site, and leaves nothing when it goes', async () => {
    const silent = await connectRaw(lab, 'untold');
    expect(silent.refs).toEqual({});
    const client = await lab.client();
    await client.commit(page('told'));
    expect(await client.push('untold', 'main')).toMatchObject({ code: 0 });
    await silent.leave();
    const alone = await connectRaw(lab, 'nobody');
    await alone.leave();
    await expect
      .poll(async () =>
        (await lab.repositories()).filter((name) => name === 'nobody' || name.startsWith('.')),
      )
      .toEqual([]);
  });
});
