import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine } from '../command-line.ts';
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

const upstreams = () => line.roles.router.upstreamsOf('app.example.com');
const given = () => upstreams()?.filter((one) => one.startsWith('10.'));

describe('octo service:set', () => {
  it('leads requests to a service that runs elsewhere', async () => {
    const { code, stdout, stderr } = await line.octo('service:set', 'app', '10.0.0.5', '8080');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'app-10.0.0.5-8080 answers for app from now on, beside its own instances.\n',
    });
    expect(stderr).toContain('apply');
    expect(given()).toEqual(['10.0.0.5:8080']);
  });

  it('says why no requests are led to it', async () => {
    const { stdout } = await line.octo('service:set', 'mysql', '10.0.0.6', '3306', 'db,primary');
    expect(stdout).toBe(
      'mysql-10.0.0.6-3306 is in the catalog; no requests are led to it: the site has no release.\n',
    );
    expect((await line.octo('service:set', 'app', '10.0.0.5', '81', 'db', '--json')).json()).toMatchObject({
      service: { id: 'app-10.0.0.5-81', tags: ['db'] },
      routed: false,
      because: 'it has not the tag http',
    });
  });

  it.each([
    { words: ['app', 'db.internal', '80'], code: 'E_IP_ADDRESS' },
    { words: ['app', '0.0.0.0', '80'], code: 'E_IP_ADDRESS' },
    { words: ['app', '10.0.0.5', 'http'], code: 'E_PORT_NUMBER' },
    { words: ['../app', '10.0.0.5', '80'], code: 'E_SITE_NAME' },
    { words: ['app', '127.0.0.1', '20001'], code: 'E_SERVICE_OURS' },
    { words: ['app', '10.0.0.5', '80', 'x'.repeat(101)], code: 'E_SERVICE_TAGS' },
    { words: ['app', '10.0.0.5'], code: 'E_ARGUMENTS' },
  ])('refuses $words with $code', async ({ words, code }) => {
    const result = await line.octo('service:set', ...words, '--json');
    expect(result.code).toBe(2);
    expect(result.json()).toMatchObject({ error: { code } });
    expect(given()).toEqual([]);
  });
});

describe('octo service:rm and services:clear', () => {
  it('takes one away', async () => {
    for (const port of ['80', '81']) await line.octo('service:set', 'app', '10.0.0.5', port);
    const removed = await line.octo('service:rm', 'app', '10.0.0.5', '80');
    expect(removed).toMatchObject({ code: 0, stdout: 'app-10.0.0.5-80 is taken away.\n' });
    expect(given()).toEqual(['10.0.0.5:81']);
    const again = await line.octo('service:rm', 'app', '10.0.0.5', '80');
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('octo services app') });
  });

  it('takes all away, says how each comes back, and leaves the instances', async () => {
    await line.octo('service:set', 'app', '10.0.0.5', '80', 'http,"a');
    const cleared = await line.octo('services:clear', 'app');
    expect(cleared.stdout.split('\n')).toEqual([
      `app-10.0.0.5-80 is taken away; it comes back with: octo service:set app 10.0.0.5 80 'http,"a'`,
      'The 1 of its own instances stay; they go with: octo stop app',
      '',
    ]);
    expect(given()).toEqual([]);
    expect(upstreams()).toHaveLength(1);
    expect((await line.octo('services:clear', 'app', '--json')).json()).toEqual({
      site: 'app',
      services: [],
    });
  });
});

describe('octo services', () => {
  it('shows every entry of the catalog with its health and where it comes from', async () => {
    await line.octo('service:set', 'app', '10.0.0.5', '80', 'http,old');
    await line.octo('service:set', 'mysql', 'fd00::6', '3306', 'db');
    const { stdout } = await line.octo('services');
    const [title, ...rows] = stdout
      .trimEnd()
      .split('\n')
      .map((row) => row.split(/ {2,}/));
    expect(title).toEqual(['SITE', 'ADDRESS', 'TAGS', 'HEALTH', 'FROM']);
    expect(rows).toEqual([
      ['app', '10.0.0.5:80', 'http,old', 'unknown', 'service:set by me on test'],
      [
        'app',
        expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        'http',
        'unknown',
        expect.stringMatching(/^deploy \w+$/),
      ],
      ['mysql', '[fd00::6]:3306', 'db', 'unknown', 'service:set by me on test'],
    ]);
    const { services } = (await line.octo('services', 'app', '--json')).json() as { services: object[] };
    expect(services).toMatchObject([
      { kind: 'by-hand', id: 'app-10.0.0.5-80', actor: 'me on test' },
      { kind: 'instance', site: 'app', health: 'unknown' },
    ]);
  });

  it('checks each once, and exits with 1 where one is critical', async () => {
    const well = await line.octo('services', '--check');
    expect(well).toMatchObject({ code: 0, stdout: expect.stringMatching(/passing +http:\S+ +answered 200/) });
    const dead = { address: '127.0.0.1', port: 1 };
    await line.octo('service:set', 'app', dead.address, String(dead.port));
    const ill = await line.octo('services', 'app', '--check');
    expect(ill.stdout).toMatch(/critical +http:\/\/127\.0\.0\.1:1 +connect ECONNREFUSED/);
    expect(ill).toMatchObject({ code: 1, stderr: expect.stringContaining('Critical: app-127.0.0.1-1.') });
    const json = await line.octo('services', '--check', '--json');
    expect(json.code).toBe(1);
    expect(json.json()).toMatchObject({
      services: [{ id: 'app-127.0.0.1-1', found: 'critical', health: 'unknown' }, { found: 'passing' }],
    });
  });

  it('says so where there is none', async () => {
    expect(await line.octo('services', 'none')).toMatchObject({ code: 0, stdout: '' });
  });
});

it('octo services:catalog prints definitions as JSON', async () => {
  await line.octo('service:set', 'app', '10.0.0.5', '80');
  const printed = JSON.parse((await line.octo('services:catalog', 'app')).stdout);
  expect(printed).toEqual([
    {
      ID: 'app-10.0.0.5-80',
      Name: 'app',
      Address: '10.0.0.5',
      Port: 80,
      Tags: ['http'],
      Meta: expect.objectContaining({
        'octohost-installation': expect.stringMatching(/^[0-9a-f]{8}$/),
        'octohost-kind': 'by-hand',
      }),
      check: { http: 'http://10.0.0.5:80', interval: '15s' },
    },
    expect.objectContaining({ Name: 'app', Meta: expect.objectContaining({ 'octohost-kind': 'instance' }) }),
  ]);
  expect((await line.octo('services:catalog', 'app', '--json')).json()).toEqual({ services: printed });
});

it('octo service:tags shows tags and where they come from', async () => {
  await line.octo('service:set', 'app', '10.0.0.5', '80', 'http,old');
  const { tags } = (await line.octo('service:tags', 'app', '--json')).json();
  expect(tags).toEqual([
    { tag: 'http', origin: 'default' },
    { tag: 'http', origin: 'service:set 10.0.0.5:80' },
    { tag: 'old', origin: 'service:set 10.0.0.5:80' },
  ]);
});

describe('octo services:register and services:remove', () => {
  it('bring the catalog back to what runs', async () => {
    const [entry] = await line.engine().services();
    if (!entry) throw new Error('The catalog is empty.');
    await line.roles.registrar.deregister(entry.id);
    expect((await line.octo('services:register')).stdout).toBe(`app: registered ${entry.id}\n`);
    expect((await line.octo('services:register', 'app')).stdout).toBe('Nothing to do.\n');
    const orphan = { ...entry, id: 'app-127.0.0.1-20900', port: 20_900, instance: 'gone' };
    await line.roles.registrar.register(orphan);
    expect((await line.octo('services:remove', 'app', '--json')).json()).toEqual({
      actions: [{ site: 'app', did: 'deregistered app-127.0.0.1-20900' }],
      problems: [],
    });
    expect((await line.engine().services()).map(({ id }) => id)).toEqual([entry.id]);
  });

  it('tell each problem and exit with 1', async () => {
    for (const { id } of await line.engine().services()) await line.roles.registrar.deregister(id);
    line.roles.registrar.faults.on('register', new Error('the catalog is away'));
    const { code, stderr } = await line.octo('services:register');
    expect(code).toBe(1);
    expect(stderr).toContain('the catalog is away');
  });
});

it('what others wrote and octohost cannot use stands below octo services and octo status', async () => {
  const problem = 'at 10.9.8.7:80 was not registered by this octohost, and is not routed';
  line.roles.registrar.registerForeign('app', { name: 'app-theirs', problem });
  line.roles.store.spoil('octohost/app/HALF');
  const service = `the service app-theirs in the catalog ${problem}; it is left as it is`;
  const setting = 'octohost/app/HALF in the store is not Unicode text; it is left as it is';
  for (const words of [['services'], ['services', 'app'], ['status'], ['status', 'app']]) {
    const { stderr, code } = await line.octo(...words);
    expect({ words, code, service: stderr.includes(service) }).toEqual({ words, code: 0, service: true });
    expect(stderr.includes(setting)).toBe(words[0] === 'status');
    const json = (await line.octo(...words, '--json')).json();
    expect(json['unusable']).toContainEqual({ where: 'catalog', name: 'app-theirs', problem, site: 'app' });
  }
});
