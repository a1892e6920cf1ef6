/** Every command that changes something, or wanted to, is on record; no value of a setting is. */
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Audited } from '../../../cli/audit/entry.ts';
import { auditFile } from '../../../cli/audit/log.ts';
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

const entries = async (...words: string[]) =>
  (await line.octo('audit', '--json', ...words)).json()['entries'] as Audited[];
const commands = async () => (await entries()).map(({ command, result }) => `${command} ${result}`);

it('has who did what to which site, when, and what came of it', async () => {
  await line.octo('deploy', 'app', site.folder);
  const [entry] = await entries();
  expect(entry).toMatchObject({
    number: 1,
    actor: 'me on test',
    door: 'host',
    command: 'deploy',
    sites: ['app'],
    what: ['deploy'],
    result: 'done',
  });
  expect(Date.parse(entry?.endedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(entry?.at ?? ''));
});

it('has names of settings, and no value of one', async () => {
  await line.octo('config:set', 'app', 'A=value-of-a', 'B=value-of-b');
  await line.octo('deploy', 'app', site.folder);
  await line.octoWith({ stdin: 'value-of-token' }, 'config:set', '--secret', 'app/TOKEN');
  await line.octo('config:rm', 'app/B');
  await line.octo('domains:add', 'app', 'a.org');
  const all = await entries();
  expect(all.map(({ what }) => what.join())).toEqual([
    'store settings: A, B',
    'deploy',
    'configuration: TOKEN (secret)',
    'configuration: without B',
    'domains: with a.org',
  ]);
  expect(JSON.stringify(all)).not.toContain('value-of');
});

it('has what failed, and by which error', async () => {
  line.roles.runtime.behave({ kind: 'exits', code: 1 });
  await line.octo('deploy', 'app', site.folder);
  await line.octo('stop', 'nowhere');
  expect(await commands()).toEqual(['deploy E_CHECK_DEAD', 'stop E_SITE_UNKNOWN']);
});

it('has nothing of what only looks, but who saw secrets', async () => {
  await line.octo('config:set', 'app', 'A=1');
  for (const words of [
    ['sites'],
    ['status'],
    ['config', 'app'],
    ['config:get', 'app/A'],
    ['locks'],
    ['audit'],
  ])
    expect((await line.octo(...words)).code).toBe(0);
  await line.octo('config', 'app', '--secrets');
  expect(await commands()).toEqual(['config:set done', 'config done']);
});

describe('over ssh', () => {
  it('has what was refused too, whatever it was', async () => {
    await line.octoWith({ remote: true }, 'config:set', 'app', 'hunter2');
    await line.octoWith({ remote: true }, 'status', '--config', '/etc/passwd');
    await line.octoWith({ remote: true }, 'sites');
    const all = await entries();
    expect(all.map(({ door, command, result }) => `${door} ${command} ${result}`)).toEqual([
      'ssh config:set E_ARGUMENTS',
      'ssh status E_DOOR_HOST',
    ]);
    expect(JSON.stringify(all)).not.toContain('hunter2');
  });
});

describe('octo audit', () => {
  beforeEach(async () => {
    for (const one of ['app', 'shop', 'shop-x']) await line.octo('config:set', one, 'A=1');
  });

  it('is a table, of one site or of all, and of the last so many', async () => {
    const { stdout } = await line.octo('audit');
    expect(stdout.split('\n')[0]).toMatch(/^WHEN \(UTC\) +WHO +COMMAND +SITES +RESULT +WHAT$/);
    expect(stdout).toMatch(/me on test +config:set +shop-x +done +store settings: A/);
    expect((await entries('--site', 'shop')).map(({ sites }) => sites)).toEqual([['shop']]);
    expect(await entries('--site', 'shop*')).toHaveLength(2);
    expect((await entries('-n', '1')).map(({ sites }) => sites)).toEqual([['shop-x']]);
    expect((await line.octo('audit', '--site', 'other')).stderr).toContain('Nothing is on record.');
  });

  it('says at which entry somebody changed it', async () => {
    const database = new DatabaseSync(auditFile(line.engine().config.dataDir));
    database.exec('DROP TRIGGER nothing_goes');
    database.exec('DELETE FROM entries WHERE number = 3');
    database.close();
    const { code, stdout, stderr } = await line.octo('audit');
    expect(code).toBe(1);
    expect(stdout).toContain('shop-x');
    expect(stderr).toContain('E_AUDIT_BROKEN');
    expect(stderr).toContain('entry 4 does not follow');
  });
});
