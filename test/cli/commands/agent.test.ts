import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../contracts/fixture.ts';
import { type CommandLine, commandLine, type Result } from '../command-line.ts';
import { type Sample, sample } from '../sample.ts';

let line: CommandLine;
let site: Sample;
beforeEach(async () => {
  line = commandLine();
  site = await sample();
  await line.octo('deploy', 'app', site.folder);
});
afterEach(async () => {
  await line.dispose();
  await site.dispose();
});

/** Runs the agent while something is done, then ends it as an init does. */
async function whileServing(work: () => Promise<unknown>): Promise<Result> {
  let interrupt = () => {};
  const serving = line.octoWith({ onInterruptible: (end) => (interrupt = end) }, 'serve');
  try {
    await eventually('an agent', async () => (await line.engine().agent())?.alive);
    await work();
  } finally {
    interrupt();
  }
  return serving;
}

const said = (text: string) =>
  eventually(text, async () => (await line.octo('events')).stdout.includes(text));

describe('octo serve', () => {
  it('prints what it sees until it is told to end, and ends with 0', async () => {
    const { code, stdout } = await whileServing(() => said('has begun'));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}the agent of test has begun/);
    expect(stdout).toContain('has ended');
  });
});

describe('octo status', () => {
  it('says nothing of an agent that never was', async () => {
    const { stderr, json } = await line.octo('status', '--json');
    expect(json()).not.toHaveProperty('agent');
    expect(stderr).toBe('');
  });

  it('says whether one lives, what it last did, and what it keeps out', async () => {
    await line.octo('scale', 'app', '2');
    const [one] = await line.engine().instances('app' as never);
    await whileServing(async () => {
      await said('has begun');
      line.roles.runtime.pause(one as never, true);
      await said('it is paused');
      const { stderr } = await line.octo('status');
      expect(stderr).toMatch(/^The agent of test lives \(process \d+, since /m);
      expect(stderr).toContain('Its last: ');
      expect(stderr).toContain('is kept out of the routes: it is paused');
      expect((await line.octo('status', '--json')).json()).toMatchObject({
        agent: { host: 'test', alive: true, out: [{ site: 'app', why: 'it is paused' }] },
      });
    });
    expect((await line.octo('status')).stderr).toContain('The agent of test does not run');
  });
});

describe('octo events', () => {
  it('says that there is none', async () => {
    expect(await line.octo('events')).toMatchObject({ code: 0, stdout: '' });
    expect((await line.octo('events', '--json')).json()).toEqual({ events: [] });
  });

  it('shows the last of them, also when the agent is gone, and follows what comes', async () => {
    await whileServing(() => said('has begun'));
    expect((await line.octo('events', '-n', '1')).stdout).toMatch(/^\S+ \S+ {2}the agent of test has ended/);
    let interrupt = () => {};
    const following = line.octoWith(
      { onInterruptible: (end) => (interrupt = end) },
      'events',
      '-f',
      '-n',
      '0',
    );
    await whileServing(() => said('has begun'));
    await eventually('the end to be written', async () =>
      (await line.octo('events', '-n', '1')).stdout.includes('ended'),
    );
    interrupt();
    const { stdout, code } = await following;
    expect(code).toBe(130);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((text) => /has (begun|ended)/.exec(text)?.[1])
        .filter(Boolean),
    ).toEqual(['begun', 'ended']);
  });

  it('cannot follow with --json', async () => {
    expect((await line.octo('events', '-f', '--json')).code).toBe(2);
  });
});
