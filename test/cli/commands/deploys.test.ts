import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSiteName } from '../../../core/index.ts';
import { type CommandLine, commandLine } from '../command-line.ts';
import { type Sample, sample } from '../sample.ts';

const app = parseSiteName('app');
let line: CommandLine;
let site: Sample;
beforeEach(async () => {
  line = commandLine();
  site = await sample();
});
afterEach(async () => {
  await line.dispose();
  await site.dispose();
});

const lastDeploy = async () => (await line.engine().deploys(app)).at(-1)?.deploy ?? '';

describe('octo deploys', () => {
  it('lists what was tried, the newest first', async () => {
    await line.octo('deploy', 'app', site.folder);
    line.roles.runtime.behave({ kind: 'exits', code: 1 });
    await line.octo('reload', 'app');
    const { stdout } = await line.octo('deploys', 'app');
    expect(stdout.split('\n').map((row) => row.split(/\s{2,}/).slice(2, 4))).toEqual([
      ['WHY', 'STATE'],
      ['reload', 'failed E_CHECK_DEAD'],
      ['deploy', 'current'],
      [],
    ]);
  });

  it('names a deploy that runs, as explain does, and what becomes of it without its pusher', async () => {
    await line.octo('deploy', 'app', site.folder);
    const deploy = await lastDeploy();
    const key = `octohost-state/deploys/app/${deploy}`;
    const value = (await line.roles.store.get(key))?.value ?? '';
    await line.roles.store.transact([
      { kind: 'set', key, value: JSON.stringify({ ...JSON.parse(value), phase: 'running' }) },
    ]);
    const said = `The deploy ${deploy} of app runs, whatever becomes of who began it: octo attach app shows it, octo cancel app stops it.\n`;
    for (const command of ['deploys', 'explain']) expect((await line.octo(command, 'app')).stderr).toBe(said);
  });

  it('tells a site without a deploy from one that does not exist', async () => {
    await line.octo('config:set', 'app/KEY', 'value');
    expect(await line.octo('deploys', 'app')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('No deploy'),
    });
    expect((await line.octo('deploys', 'nothing')).stderr).toContain('E_SITE_UNKNOWN');
  });
});

describe('octo attach', () => {
  it('shows a deploy again, by its id or its site, and says with its exit code how it ended', async () => {
    const first = await line.octo('deploy', 'app', site.folder);
    const shown = await line.octo('attach', await lastDeploy());
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toBe(`${first.stderr}${first.stdout}`);
    line.roles.runtime.behave({ kind: 'exits', code: 1 });
    await line.octo('reload', 'app');
    const failed = await line.octo('attach', 'app');
    expect(failed.code).toBe(1);
    expect(failed.stdout).toContain('E_CHECK_DEAD');
  });

  it('leaves the deploy alone at Ctrl-C, and says so', async () => {
    await line.octo('deploy', 'app', site.folder);
    const deploy = await lastDeploy();
    const { stderr } = await line.octoWith({ onInterruptible: (interrupt) => interrupt() }, 'attach', 'app');
    expect(stderr).toBe(
      `Interrupted: ending cleanly. The deploy ${deploy} of app is left alone; octo cancel app stops it. Once more ends it at once.\n`,
    );
  });

  it('prints one object with --json', async () => {
    await line.octo('deploy', 'app', site.folder);
    const shown = (await line.octo('attach', 'app', '--json')).json();
    expect(shown).toMatchObject({ site: 'app', deploy: await lastDeploy(), phase: 'current' });
    expect(shown['lines']).toContain('-----> build');
  });

  it.each([
    { name: 'nothing', code: 'E_SITE_UNKNOWN' },
    { name: 'No-such!', code: 'E_DEPLOY_UNKNOWN' },
  ])('refuses $name', async ({ name, code }) => {
    expect((await line.octo('attach', name)).stderr).toContain(code);
  });
});

describe('octo logs --deploy', () => {
  it('shows again what the last deploy said, or that of an id, whatever came of it', async () => {
    const first = await line.octo('deploy', 'app', site.folder);
    const id = await lastDeploy();
    line.roles.runtime.behave({ kind: 'exits', code: 1 });
    await line.octo('reload', 'app');
    for (const words of [[id], ['--', id]])
      expect(await line.octo('logs', 'app', '--deploy', ...words)).toMatchObject({
        code: 0,
        stdout: `${first.stderr}${first.stdout}`,
      });
    const last = await line.octo('logs', 'app', '--deploy', 'last');
    expect(last).toMatchObject({ code: 0, stdout: expect.stringContaining('E_CHECK_DEAD') });
    expect((await line.octo('logs', 'app', '--deploy')).stdout).toBe(last.stdout);
    expect(last.stdout).toBe((await line.octo('attach', 'app')).stdout);
    const shown = await line.octoWith({ remote: true }, 'logs', 'app', '--deploy', id, '--json');
    expect(shown.json()).toMatchObject({ site: 'app', deploy: id, phase: 'current' });
    expect(shown.json()['lines']).toContain('-----> build');
  });

  it.each([
    { words: ['nothing', '--deploy'], code: 'E_SITE_UNKNOWN' },
    { words: ['app', '--deploy', 'x1'], code: 'E_DEPLOY_UNKNOWN' },
    { words: ['app', 'x1'], code: 'E_ARGUMENTS' },
  ])('refuses $words', async ({ words, code }) => {
    await line.octo('deploy', 'app', site.folder);
    expect((await line.octo('logs', ...words)).stderr).toContain(code);
  });

  it("shows no other site's", async () => {
    await line.octo('deploy', 'app', site.folder);
    const id = await lastDeploy();
    await line.octo('deploy', 'other', site.folder);
    expect((await line.octo('logs', 'other', '--deploy', id)).stderr).toContain('E_DEPLOY_UNKNOWN');
  });
});

describe('octo cancel', () => {
  it('stops a deploy in its build and returns when it has cleaned up', async () => {
    let cancelling: Promise<{ stdout: string; code: number }> | undefined;
    line.roles.builder.faults.once('build', async (_request: unknown, context: { signal: AbortSignal }) => {
      cancelling = line.octo('cancel', 'app');
      await expect.poll(() => context.signal.aborted).toBe(true);
      context.signal.throwIfAborted();
    });
    const deployed = await line.octo('deploy', 'app', site.folder);
    expect(deployed).toMatchObject({ code: 130, stderr: expect.stringContaining('cancelled by me on test') });
    const cancelled = await cancelling;
    expect(cancelled?.code).toBe(0);
    expect(cancelled?.stdout).toMatch(/^The deploy \w+ of app has ended; nothing of it became current\.\n$/);
    expect((await line.octo('attach', 'app')).stdout).toContain('E_CANCELLED');
  });

  it('is refused when the deploy is current', async () => {
    await line.octo('deploy', 'app', site.folder);
    expect((await line.octo('cancel', 'app')).stderr).toContain('E_DEPLOY_OVER');
  });
});
