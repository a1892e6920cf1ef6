import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryBuilder, memoryPublisher } from '../../testing.ts';
import { type CommandLine, commandLine } from '../command-line.ts';
import { type Sample, sample } from '../sample.ts';

let line: CommandLine;
let site: Sample;
beforeEach(async () => {
  // Takes folders and ready images alike.
  line = commandLine({ publisher: memoryPublisher(), builder: memoryBuilder({ accepts: () => true }) });
  // An image in memory EXPOSEs nothing: it is data-only, and complete at once.
  line.roles.runtime.behave(({ spec }) => (spec.ports.length === 0 ? { kind: 'exits', code: 0 } : undefined));
  site = await sample();
});
afterEach(async () => {
  await line.dispose();
  await site.dispose();
});

const down = () => line.roles.publisher.faults.on('publish', new Error('registry down'));

describe('octo push', () => {
  it('publishes the current release and says where it is', async () => {
    const up = down();
    const deployed = await line.octo('deploy', 'app', site.folder);
    expect(deployed.code).toBe(0);
    expect(deployed.stderr).toContain('warning: current, not published: registry down');
    expect((await line.octo('status', 'app')).stdout).toContain('current, not published');
    expect((await line.octo('releases', 'app')).stdout).toMatch(/^1 \* .* not published /m);
    up();
    const pushed = await line.octo('push', 'app');
    expect(pushed).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Release 1 of app is registry\.test\/app@sha256:[0-9a-f]{64}\n$/),
    });
    expect((await line.octo('releases', 'app')).stdout).not.toContain('not published');
    expect((await line.octo('push', 'app', '--json')).json()).toEqual({
      site: 'app',
      release: 1,
      reference: pushed.stdout.trim().split(' ').at(-1),
    });
  });

  it('fails where the registry does, and converge too', async () => {
    down();
    await line.octo('deploy', 'app', site.folder);
    for (const command of ['push', 'converge']) {
      const failed = await line.octo(command, 'app');
      expect(failed.code, command).not.toBe(0);
      expect(failed.stderr).toContain('registry down');
    }
  });
});

describe('octo pull', () => {
  it('says what came, and the command that runs it', async () => {
    await line.octo('deploy', 'app', site.folder);
    const { stdout, code } = await line.octo('pull', 'app');
    expect(code).toBe(0);
    const [, reference] = /^app is here as (\S+)\n/.exec(stdout) ?? [];
    expect(reference).toMatch(/^registry\.test\/app@sha256:/);
    expect(stdout).toContain(`octo deploy app --image ${reference}\n`);
    const next = await line.octo('deploy', 'app', '--image', reference ?? '');
    expect(next.stdout).toContain('Release 2 of app is current');
  });

  it('deploys it at once with --deploy', async () => {
    await line.octo('deploy', 'app', site.folder);
    const pulled = await line.octo('pull', 'app', '1', '--deploy', '--json');
    expect(pulled.json()).toMatchObject({ site: 'app', deployed: { site: 'app', release: 2 } });
    expect(line.background).toContainEqual(['app']);
  });

  it('explains what is not there', async () => {
    expect((await line.octo('pull', 'app', '7')).stderr).toContain('E_MEMORY_PULL');
  });
});

it.each(['push', 'pull'])('octo %s without a publisher names the line to add', async (command) => {
  const without = commandLine();
  try {
    await without.octo('deploy', 'app', site.folder);
    expect(await without.octo(command, 'app')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('registryPublisher({'),
    });
  } finally {
    await without.dispose();
  }
});
