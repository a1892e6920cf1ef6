import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine, type Result } from '../command-line.ts';
import { type Sample, sample } from '../sample.ts';

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

/** Runs a command while a deploy of app starts its instance. */
async function duringDeploy(...words: string[]): Promise<{ during: Result; deployed: Result }> {
  let during: Result | undefined;
  line.roles.runtime.faults.once('start', async () => {
    during = await line.octo(...words);
  });
  const deployed = await line.octo('deploy', 'app', site.folder);
  return { during: during as Result, deployed };
}

describe('octo locks', () => {
  it('shows who works on what', async () => {
    expect(await line.octo('locks')).toMatchObject({ code: 0, stdout: '', stderr: 'Nothing is locked.\n' });
    const { during } = await duringDeploy('locks');
    expect(during.stdout).toMatch(
      /^LOCK +FOR +SINCE \(UTC\) +PROCESS +HOST +CONDITION\nsite\/app +deploy of app +/,
    );
    expect(during.stdout).toMatch(new RegExp(` ${process.pid} +test +alive\n$`));
  });

  it('prints one object with --json', async () => {
    const { during } = await duringDeploy('locks', '--json');
    expect(during.json()).toMatchObject({ locks: [{ name: 'site/app', condition: 'alive' }] });
  });
});

describe('octo unlock', () => {
  it('leaves a holder that is alive its lock, and says what --force would mean', async () => {
    const { during, deployed } = await duringDeploy('unlock', 'app');
    expect(during).toMatchObject({ code: 75, stderr: expect.stringContaining('E_LOCK_ALIVE') });
    expect(during.stderr).toContain('nothing of it becomes current');
    expect(deployed.code).toBe(0);
  });

  it('takes it away with --force, and the deploy fails', async () => {
    const { during, deployed } = await duringDeploy('unlock', 'app', '--force');
    expect(during).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('site/app is free: the deploy of app'),
    });
    expect(deployed.code).toBe(75);
    expect((await line.octo('locks', '--json')).json()).toEqual({ locks: [] });
  });

  it('says that nobody holds it', async () => {
    expect(await line.octo('unlock', 'app')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('E_LOCK_UNKNOWN'),
    });
  });
});
