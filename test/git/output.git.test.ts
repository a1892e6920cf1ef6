/** What the pusher sees, without a terminal, and when the push returns. */
import { describe, expect, it } from 'vitest';
import { baseImage } from '../../cli/dev/busybox-image.ts';
import { page } from '../helpers/private-instance.ts';
import { gitLab, until } from './lab.ts';

const lab = gitLab();

const withRun = (text: string, run: string) => {
  const files = page(text);
  return { ...files, Dockerfile: files['Dockerfile']?.replace('EXPOSE', `RUN ${run}\nEXPOSE`) ?? '' };
};

describe('the output of a push', () => {
  it('is each step, what the build says, the deploy and the address, one line each', async () => {
    const client = await lab.client();
    await client.commit(withRun('one', 'echo greetings from the build'));
    const pushed = await client.push('seen', 'main');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    for (const step of ['receive', 'build', 'start', 'register', 'prepare', 'apply'])
      expect(pushed.stderr).toMatch(new RegExp(`^remote: -----> ${step}\\s*$`, 'm'));
    expect(pushed.stderr).toMatch(/^remote: .*greetings from the build/m);
    expect(pushed.stderr).toMatch(/^remote: .*\bdeploy [a-z0-9]{14}\b/m);
    expect(pushed.stderr).toMatch(/^remote: Your site is available at: http:\/\/seen\.localhost:\d+\s*$/m);
    expect(pushed.stdout).toBe('');
  });

  it('has no colours and no cursor movements, as nobody looks at a terminal', async () => {
    const client = await lab.client();
    await client.commit(withRun('plain', `printf '\\033[31mred\\033[0m and \\r back\\n'`));
    const pushed = await client.push('plain', 'main');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect(pushed.stderr).not.toContain('\u001b');
  });

  it('comes while it happens', async () => {
    const client = await lab.client();
    await client.commit(page('slow'));
    const gate = await lab.hold('built', 'slow');
    const pushing = client.start('slow', 'main');
    await gate.reached();
    await pushing.says(/remote: -----> build/);
    expect(pushing.said()).not.toContain('-----> start');
    await gate.open();
    expect(await pushing.done).toMatchObject({ code: 0 });
  });

  it('has a sign of life in a long silence', async () => {
    const client = await lab.client();
    await client.commit(withRun('quiet', 'sleep 12'));
    const pushed = await client.push('quiet', 'main');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect(pushed.stderr).toMatch(/^remote: .*still building/m);
  });

  it('stays quiet with --quiet, and a refusal is still explained', async () => {
    const client = await lab.client();
    await client.commit({ Dockerfile: `FROM ${baseImage}\nRUN false\n` });
    const pushed = await client.push('hushed', '--quiet', 'main');
    expect(pushed.code).toBe(1);
    expect(pushed.stderr).toContain('E_BUILD_FAILED');
  });
});

describe('a push returns', () => {
  it('when the new version answers, while the old one still drains', async () => {
    const client = await lab.client();
    // Process 1 does not heed SIGTERM: it drains for the whole grace period.
    const files = page('old');
    const Dockerfile = files['Dockerfile']?.replace('STOPSIGNAL SIGKILL\n', '') ?? '';
    await lab.octo(['config:set', 'drain/OCTO_GRACE_PERIOD', '5']);
    await client.commit({ ...files, Dockerfile });
    await client.push('drain', 'main');
    const [old] = await lab.containers('drain');
    await client.commit({ 'index.html': 'new' });
    const pushed = await client.push('drain', 'main');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect(await lab.body('drain')).toBe('new');
    expect(await lab.containers('drain')).toContain(old);
    expect(await lab.containers('drain')).toHaveLength(2);
  });

  it('of a site without an address, and says that there is none', async () => {
    const client = await lab.client();
    await client.commit({ Dockerfile: `FROM ${baseImage}\nSTOPSIGNAL SIGKILL\nCMD ["sleep", "1000"]\n` });
    const pushed = await client.push('worker', 'main');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect(pushed.stderr).toContain('Release 1 of worker runs.');
    await until('it runs', async () => (await lab.site('worker'))?.state === 'up');
  });
});
