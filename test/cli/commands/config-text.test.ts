/** Settings byte for byte: in by every way, out by every way, and as they are in the environment of an instance. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type InstanceSpec, parseSiteName } from '../../../core/index.ts';
import { selfSigned } from '../../helpers/certificates.ts';
import { type CommandLine, commandLine } from '../command-line.ts';
import { type Sample, sample } from '../sample.ts';

const app = parseSiteName('app');
const tls = selfSigned('app.test');
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

const settings = async (name = app) => (await line.engine().settings(name)) as Record<string, string>;
const releases = async () => (await line.engine().releases(app)).length;
const startedWith = () => {
  const call = line.roles.runtime.calls.findLast(({ method }) => method === 'start');
  return (call?.arguments[0] as { spec: InstanceSpec } | undefined)?.spec.environment;
};
const values = {
  SPACES: '  two  words ',
  QUOTES: `"double" 'single' \`back\``,
  DOLLAR: '$HOME $(id) $$',
  SIGNS: 'a=b;c&d|e#f\\n',
  COLONS: '1:2:3:4:5:6:7:8:9:10:11',
  LINES: '\nfirst\n\nlast\n',
  UNICODE: 'é 🎉 \u2028',
  EMPTY: '',
  FLAG: '--json',
  LARGE: 'x'.repeat(100_000),
};
const words = Object.entries(values).map(([key, value]) => `${key}=${value}`);

describe('a value', () => {
  const title =
    'bug 4 of the original: "Values lost everything after the 9th colon; settings and TLS keys leaked into the environment; spaces, quotes, `$` and newlines broke."';
  it(title, async () => {
    await line.octo(
      'config:set',
      'app',
      ...words,
      `SSL_KEY=${tls.key}`,
      `SSL_CERTIFICATE=${tls.certificate}`,
      'MEMORY_LIMIT=256m',
    );
    await line.octo('deploy', 'app', site.folder);
    expect(startedWith()).toEqual(values);
    for (const [key, value] of Object.entries(values))
      expect((await line.octo('config:get', `app/${key}`)).stdout).toBe(`${value}\n`);
    expect((await line.octo('config', 'app', '--json')).json()).toMatchObject({ settings: values });
  });

  it.each(Object.entries(values))('%s is stored from stdin as it came', async (key, value) => {
    await line.octoWith({ stdin: `${value}\n` }, 'config:set', `app/${key}`, '-');
    expect(await settings()).toEqual({ [key]: value });
  });

  it.each([
    { what: 'is no UTF-8', stdin: Buffer.from([0x61, 0xff]), code: 'E_STDIN' },
    { what: 'has a NUL', stdin: 'secret\0', code: 'E_SETTING_VALUE' },
    { what: 'is longer than 100 KB', stdin: 'x'.repeat(100_001), code: 'E_SETTING_VALUE' },
    { what: 'never seems to end', stdin: 'x'.repeat(300_000), code: 'E_STDIN' },
  ])('that $what is refused, not bent', async ({ stdin, code }) => {
    const refused = await line.octoWith({ stdin }, 'config:set', 'app/A', '-', '--json');
    expect(refused.json()).toMatchObject({ error: { code } });
    expect(refused).toMatchObject({ code: 2 });
    expect(await settings()).toEqual({});
  });
});

describe('octo config:export and config:import', () => {
  it('bring every setting to another site, in one release', async () => {
    await line.octo(
      'config:set',
      'app',
      ...words,
      'CONTAINERS=2',
      `SSL_KEY=${tls.key}`,
      'OCTO_GRACE_PERIOD=0',
    );
    await line.octoWith({ stdin: '-\n' }, 'config:set', 'app/HYPHEN', '-');
    const { stdout, code } = await line.octo('config:export', 'app');
    expect(code).toBe(0);
    await line.octo('deploy', 'other', site.folder);
    const imported = await line.octoWith({ stdin: stdout }, 'config:import', 'other', '--json');
    expect(imported.json()).toMatchObject({ site: 'other', release: 2, applied: true });
    const { DOMAINS: _, ...taken } = await settings(parseSiteName('other'));
    expect(taken).toEqual(await settings());
    expect(await line.roles.runtime.list(parseSiteName('other'))).toHaveLength(3);
  });

  it('have of DOMAINS what was set, so that the same state results', async () => {
    await site.write('CNAME', 'www.app.test\n');
    await line.octo('deploy', 'app', site.folder);
    expect((await line.octo('config:export', 'app')).stdout).toBe('');
    await line.octo('domains:add', 'app', 'a.test', 'b.test');
    const { stdout } = await line.octo('config:export', 'app');
    expect(stdout).toBe("octo config:set app \\\n  'DOMAINS=a.test b.test'\n");
    const { stdout: before } = await line.octo('domains', 'app');
    await line.octo('domains:set', 'app', 'c.test');
    await line.octoWith({ stdin: stdout }, 'config:import', 'app');
    expect((await line.octo('domains', 'app')).stdout).toBe(before);
    expect((await line.octo('config:export', 'app', '--json')).json()).toEqual({
      site: 'app',
      settings: { DOMAINS: 'a.test b.test' },
    });
  });

  it('leave out what somebody stored that config:set would not take, and say so', async () => {
    await line.roles.store.transact([
      { kind: 'set', key: 'octohost/app/A-B', value: 'x' },
      { kind: 'set', key: 'octohost/app/A', value: '1' },
    ]);
    const { stdout, stderr } = await line.octo('config:export', 'app');
    expect(stdout).toBe('octo config:set app \\\n  A=1\n');
    expect(stderr).toContain('"A-B"');
  });

  it.each([
    { form: 'KEY=value lines', stdin: '# mine\nA=1\nexport B="two\\nlines"\n' },
    { form: 'JSON', stdin: '{"A": "1", "B": "two\\nlines"}' },
    { form: 'octo config:set lines', stdin: "octo config:set any/A 1\nocto config:set any 'B=two\nlines'\n" },
  ])('take $form', async ({ stdin }) => {
    await line.octo('config:set', 'app', 'A=0', 'C=stays');
    const done = await line.octoWith({ stdin }, 'config:import', 'app');
    expect(done).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Stored, not applied/) });
    expect(await settings()).toEqual({ A: '1', B: 'two\nlines', C: 'stays' });
  });

  it('take all or nothing, and name every mistake with its line', async () => {
    await line.octo('deploy', 'app', site.folder);
    const stdin = 'A=1\n1B=secret\nCONTAINERS=many\nnonsense\n';
    const refused = await line.octoWith({ stdin }, 'config:import', 'app', '--json');
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.json()).toMatchObject({
      error: {
        code: 'E_SETTINGS_TEXT',
        details: [
          expect.stringMatching(/^line 2: "1B"/),
          expect.stringMatching(/^line 3: The value of CONTAINERS/),
          expect.stringMatching(/^line 4: /),
        ],
      },
    });
    expect(refused.stdout).not.toContain('secret');
    expect(await settings()).not.toHaveProperty('A');
    expect(await releases()).toBe(1);
  });

  it('take as many as a long file has', async () => {
    const stdin = Array.from({ length: 300 }, (_, index) => `KEY_${index}=${index}`).join('\n');
    expect((await line.octoWith({ stdin }, 'config:import', 'app')).code).toBe(0);
    expect(Object.keys(await settings())).toHaveLength(300);
  });

  it('only store with --no-deploy', async () => {
    await line.octo('deploy', 'app', site.folder);
    await line.octoWith({ stdin: 'A=1' }, 'config:import', 'app', '--no-deploy');
    expect(await releases()).toBe(1);
    expect(await settings()).toMatchObject({ A: '1' });
  });

  it('of a site that is not there is an error', async () => {
    expect((await line.octo('config:export', 'nowhere', '--json')).json()).toMatchObject({
      error: { code: 'E_SITE_UNKNOWN' },
    });
  });
});

describe('octo config:env', () => {
  it("shows the environment, without octohost's own settings", async () => {
    await line.octo(
      'config:set',
      'app',
      'B=two words',
      'A=1',
      'CONTAINERS=2',
      `SSL_KEY=${tls.key}`,
      'DOMAINS=a.test',
    );
    expect((await line.octo('config:env', 'app')).stdout).toBe('A=1\nB=two words\n');
    expect((await line.octo('config:env', 'app', '--json')).json()).toEqual({
      site: 'app',
      environment: { A: '1', B: 'two words' },
    });
    expect((await line.octo('config:env', 'nowhere', '--json')).json()).toMatchObject({
      error: { code: 'E_SITE_UNKNOWN' },
    });
  });
});

it('several settings at once are one release without a build, and the old instance serves until it is current', async () => {
  await line.octo('deploy', 'app', site.folder);
  const builds = () => line.roles.builder.calls.filter(({ method }) => method === 'build').length;
  const before = builds();
  const statuses: number[] = [];
  line.roles.runtime.faults.after('start', async () => {
    statuses.push((await line.roles.router.request('app.example.com')).status);
  });
  const done = await line.octo('config:set', 'app', 'A=1', 'B=2', 'C=3', '--json');
  expect(done.json()).toMatchObject({ release: 2, steps: expect.not.arrayContaining([{ step: 'build' }]) });
  expect(statuses).toEqual([200]);
  expect((await line.roles.router.request('app.example.com')).status).toBe(200);
  expect(builds()).toBe(before);
});
