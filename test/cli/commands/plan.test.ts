import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine } from '../command-line.ts';
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

const changes = () =>
  [line.roles.builder, line.roles.runtime, line.roles.store, line.roles.registrar, line.roles.router].flatMap(
    ({ calls }) =>
      calls
        .map(({ method }) => method)
        .filter((method) => ['build', 'start', 'transact', 'register', 'prepare', 'apply'].includes(method)),
  );

describe('octo plan', () => {
  it('shows what the first deploy would do', async () => {
    await line.octo('config:set', 'app/TOKEN', 'secret');
    const before = changes();
    const { stdout, stderr, code } = await line.octo('plan', 'app', site.folder);
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        '-----> app would get',
        '       release 1, the first one of this site',
        '       built by Dockerfile (memory)',
        '       instances: 1 (0 kept, 1 started), 0 ended',
        '       environment: TOKEN',
        '       services: 1 registered, 0 deregistered',
        '       domains, if its image EXPOSEs a TCP port: app.example.com (default)',
        '       domains gained: app.example.com',
        '-----> the routes would',
        '       @@ line 1, then 1 @@',
        '       +app.example.com app: 20000',
        '',
      ].join('\n'),
    );
    expect(stderr).toBe('This was the plan. Nothing was changed.\n');
    expect(changes()).toEqual(before);
  });

  it('shows what differs from the current release', async () => {
    await line.octo('config:set', 'app', 'A=1', 'B=1', 'MEMORY_LIMIT=64m');
    await site.write('CNAME', 'old.org\n');
    await line.octo('deploy', 'app', site.folder);
    await line.octo('config:set', '--no-deploy', 'app', 'A=2', 'C=1', 'MEMORY_LIMIT=128m');
    await line.octo('config:rm', '--no-deploy', 'app/B');
    await site.write('CNAME', 'new.org\n');
    const { stdout } = await line.octo('plan', 'app', site.folder);
    for (const shown of [
      'release 2, in the place of release 1',
      /instances: 1 \(0 kept, 1 started\), 1 ended \(app-\w+-1\), unless the build gives the image that runs/,
      'environment: A, C',
      'environment added: C',
      'environment removed: B',
      'environment changed: A',
      /^ +memory: 67108864 bytes → 134217728 bytes$/m,
      /services: 1 registered, 1 deregistered \(app-127\.0\.0\.1-\d+\)/,
      'domains, if its image EXPOSEs 8080/tcp, as the last one: app.example.com (default), new.org (CNAME)',
      'domains gained: new.org',
      'domains lost: old.org',
      /^ +-old\.org app: \d+$/m,
    ])
      expect(stdout).toMatch(shown);
  });

  it('is what deploy --dry-run shows, for people and machines', async () => {
    for (const json of [[], ['--json']]) {
      const plan = await line.octo('plan', 'app', site.folder, ...json);
      expect(await line.octo('deploy', 'app', site.folder, '--dry-run', ...json)).toMatchObject({
        code: 0,
        stdout: plan.stdout,
        stderr: plan.stderr,
      });
    }
    expect((await line.octo('plan', 'app', site.folder, '--json')).json()).toMatchObject({
      sites: [{ site: 'app', release: 1, instances: { started: 1 } }],
      router: expect.any(Array),
    });
    expect(await line.octo('sites')).toMatchObject({ stdout: '' });
  });

  it('refuses what a deploy refuses', async () => {
    await site.write('CNAME', 'x; y');
    expect(await line.octo('plan', 'app', site.folder)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('E_DOMAIN'),
    });
    expect((await line.octo('plan', 'app')).stderr).toContain('E_SOURCE_CHOICE');
  });

  it('takes no folder of the host over ssh', async () => {
    const run = await line.octoWith({ remote: true }, 'plan', 'app', site.folder);
    expect(run.stderr).toContain('a folder is of the host');
  });
});
