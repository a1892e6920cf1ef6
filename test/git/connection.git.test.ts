/** A pusher that goes away; `octo attach` and `octo cancel`. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { page } from '../helpers/private-instance.ts';
import { gitLab, until } from './lab.ts';

const lab = gitLab();

const deployOf = (said: string) => /\bdeploy ([a-z0-9]{14})\b/.exec(said)?.[1] ?? 'no deploy was named';

/** A site whose build speaks, and then goes on for some seconds while it speaks. */
const talking = (text: string, seconds: number) => {
  const files = page(text);
  const run = `RUN echo the build begins; for i in $(seq ${seconds * 4}); do echo tick $i; sleep 0.25; done`;
  return { ...files, Dockerfile: files['Dockerfile']?.replace('EXPOSE', `${run}\nEXPOSE`) ?? '' };
};

/** A client whose ssh writes down its process id, so that it can be killed. */
async function droppable(name: string) {
  const file = lab.path(`${name}.pid`);
  const command = `echo $$ > ${file}; exec ${lab.environment['GIT_SSH_COMMAND']}`;
  const client = await lab.client({ environment: { ...lab.environment, GIT_SSH_COMMAND: command } });
  return {
    client,
    drop() {
      expect(existsSync(file)).toBe(true);
      process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL');
    },
  };
}

describe('a connection that drops in mid-build', () => {
  it('ends nothing: the deploy goes on, and ref and release agree', async () => {
    const { client, drop } = await droppable('dropped');
    const revision = await client.commit(talking('dropped', 2));
    const pushing = client.start('dropped', 'main');
    await pushing.says(/tick 1\b/);
    expect(pushing.said()).toContain('Ctrl-C leaves it running: octo attach dropped, octo cancel dropped');
    drop();
    expect((await pushing.done).code).not.toBe(0);
    await until(
      'the branch is there',
      async () => (await lab.refs('dropped'))['refs/heads/main'] === revision,
    );
    await until(
      'its release is kept',
      async () => 'refs/octohost/releases/dropped/1' in (await lab.refs('dropped')),
    );
    expect(await lab.site('dropped')).toMatchObject({ state: 'up', current: 1 });
    expect(await lab.body('dropped')).toBe('dropped');
    expect(await client.push('dropped', 'main')).toMatchObject({
      code: 0,
      stderr: 'Everything up-to-date\n',
    });
    const attached = await lab.octo(['attach', deployOf(pushing.said())]);
    expect(`${attached.stdout}${attached.stderr}`).toMatch(
      /the build begins[\s\S]*tick 8\b[\s\S]*-----> apply/,
    );
  });

  it('ends a deploy that fails, and nothing of it stays', async () => {
    const { client, drop } = await droppable('failed');
    const files = talking('failed', 1);
    await client.commit({ ...files, Dockerfile: `${files['Dockerfile']}RUN false\n` });
    const pushing = client.start('failed', 'main');
    await pushing.says(/tick 1\b/);
    drop();
    await pushing.done;
    await until('nothing is there', async () =>
      (await lab.repositories()).every((name) => !/^\.|^failed$/.test(name)),
    );
    expect(await lab.site('failed')).toBeUndefined();
    expect(await lab.containers('failed')).toEqual([]);
  });

  it('cancels the deploy with -o cancel-on-drop, and nothing of it stays', async () => {
    const { client, drop } = await droppable('cancelled');
    await client.commit(talking('cancelled', 60));
    const pushing = client.start('cancelled', '-o', 'cancel-on-drop', 'main');
    await pushing.says(/tick 1\b/);
    expect(pushing.said()).toContain('Ctrl-C stops it, as a lost connection does, until it is current.');
    drop();
    await pushing.done;
    await until('nothing is there', async () =>
      (await lab.repositories()).every((name) => !/^\.|^cancelled$/.test(name)),
    );
    expect(await lab.site('cancelled')).toBeUndefined();
    expect((await lab.octo(['deploys', 'cancelled'])).stdout).toContain('failed E_PUSH_DROPPED');
    expect([await lab.containers('cancelled'), await lab.images('cancelled')]).toEqual([[], []]);
    await client.commit(page('again'));
    const pushed = await client.push('cancelled', 'main');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
  });
});

describe('octo attach', () => {
  it('replays a running deploy from its start, and goes on to its end', async () => {
    const client = await lab.client();
    await client.commit(talking('watched', 1));
    const gate = await lab.hold('built', 'watched');
    const pushing = client.start('watched', 'main');
    await gate.reached();
    const attached = lab.startOcto('attach', deployOf(pushing.said()));
    await attached.says(/-----> receive[\s\S]*the build begins/);
    expect(attached.said()).not.toContain('-----> start');
    await gate.open();
    expect(await pushing.done).toMatchObject({ code: 0 });
    expect(await attached.done).toMatchObject({ code: 0 });
    expect(attached.said()).toMatch(/-----> apply[\s\S]*http:\/\/watched\.localhost/);
  });

  it('shows why a deploy failed', async () => {
    const client = await lab.client();
    await client.commit({ Dockerfile: 'FROM octohost/busybox:1\nRUN echo broken pipework && false\n' });
    const pushed = await client.push('broken', 'main');
    const attached = await lab.octo(['attach', deployOf(pushed.stderr)]);
    expect(attached.code).not.toBe(0);
    expect(`${attached.stdout}${attached.stderr}`).toMatch(/broken pipework[\s\S]*E_BUILD_FAILED/);
  });

  it.each(['attach', 'cancel'])('and its sibling (%s) say so of a deploy that never was', async (verb) => {
    const done = await lab.octo([verb, 'mwt0njsc000000']);
    expect(done.code).not.toBe(0);
    expect(done.stderr).toContain('mwt0njsc000000');
    expect(done.stderr).toContain('Try this:');
  });
});

describe('octo cancel', () => {
  it('stops a build: the push is refused, and nothing of it stays', async () => {
    const client = await lab.client();
    await client.commit(talking('stopped', 60));
    const pushing = client.start('stopped', 'main');
    await pushing.says(/tick 1\b/);
    const done = await lab.octo(['cancel', deployOf(pushing.said())]);
    expect(done, done.stderr).toMatchObject({ code: 0 });
    const pushed = await pushing.done;
    expect(pushed.code).toBe(1);
    expect(pushed.stderr).toMatch(/cancel/i);
    expect(await lab.repositories()).not.toContain('stopped');
    expect(await lab.site('stopped')).toBeUndefined();
    expect([await lab.containers('stopped'), await lab.images('stopped')]).toEqual([[], []]);
  });

  it('stops a deploy of a site that serves, and the version before serves on', async () => {
    const client = await lab.client();
    await client.commit(page('old'));
    await client.push('serves', 'main');
    await client.commit(page('new'));
    const gate = await lab.hold('built', 'serves');
    const pushing = client.start('serves', 'main');
    await gate.reached();
    expect(await lab.octo(['cancel', deployOf(pushing.said())])).toMatchObject({ code: 0 });
    expect(await pushing.done).toMatchObject({ code: 1 });
    expect(await lab.body('serves')).toBe('old');
    expect(await lab.containers('serves')).toHaveLength(1);
    expect(await lab.site('serves')).toMatchObject({ current: 1 });
  });

  it('is refused once the pointer has moved, and says so', async () => {
    const client = await lab.client();
    await client.commit(page('late'));
    const gate = await lab.hold('routed', 'late');
    const pushing = client.start('late', 'main');
    await gate.reached();
    const running = await lab.octo(['cancel', deployOf(pushing.said())]);
    expect(running.code).not.toBe(0);
    expect(running.stderr).toMatch(/current|serves|too late/i);
    await gate.open();
    expect(await pushing.done).toMatchObject({ code: 0 });
    const over = await lab.octo(['cancel', deployOf(pushing.said())]);
    expect(over.code).not.toBe(0);
    expect(await lab.body('late')).toBe('late');
  });
});
