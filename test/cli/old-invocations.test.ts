/** What users of the original octohost typed does what they meant, with the same arguments. */
import { Config } from '@oclif/core/config';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadOptions } from '../../cli/load-options.ts';
import { findOldCommand } from '../../cli/old-commands.ts';
import { parseSiteName } from '../../core/index.ts';
import { memoryPublisher } from '../testing/memory-publisher.ts';
import { type CommandLine, commandLine } from './command-line.ts';
import { original } from './old-commands.ts';
import { type Sample, sample } from './sample.ts';

const shop = parseSiteName('shop');

let line: CommandLine;
let site: Sample;
let before: string[];

beforeEach(async () => {
  line = commandLine({ publisher: memoryPublisher() });
  site = await sample();
  await line.octo('deploy', 'shop', site.folder);
  await line.octo('config:set', 'shop/GREETING', 'hello');
  before = await instances();
});
afterEach(async () => {
  await line.dispose();
  await site.dispose();
});

const instances = async () => (await line.engine().instances(shop)).map(({ id }) => id).toSorted();
const state = async () => (await line.engine().status(shop)).state;
const setting = async (name: string) =>
  ((await line.engine().settings(shop)) as Readonly<Record<string, string>>)[name];
const domains = async () => (await line.engine().domains(shop)).map(({ domain }) => String(domain));
const services = async () => (await line.engine().services(shop)).map(({ address }) => address);

interface Row {
  readonly typed: string;
  /** What has to be typed today beside it: what cannot be undone is asked for. */
  readonly also?: string;
  readonly first?: string;
  readonly says?: RegExp;
  readonly does?: () => Promise<void>;
}

const rows: readonly Row[] = [
  { typed: 'status', says: /^shop +OK /m },
  { typed: 'status shop', says: /^state +OK$/m },
  { typed: 'clean', also: '--yes', says: /free/i },
  {
    typed: 'start shop',
    first: 'stop shop',
    does: async () => expect(await state()).toBe('up'),
  },
  { typed: 'start shop 3', does: async () => expect(await instances()).toHaveLength(3) },
  { typed: 'stop shop', does: async () => expect(await state()).toBe('stopped') },
  {
    typed: 'reload shop',
    does: async () => {
      expect(await instances()).toHaveLength(1);
      expect(await instances()).not.toEqual(before);
    },
  },
  { typed: 'remove shop', also: '--yes', does: async () => expect(await line.engine().sites()).toEqual([]) },
  { typed: 'remove:config shop', does: async () => expect(await setting('GREETING')).toBe(undefined) },
  {
    typed: 'push shop',
    does: async () =>
      expect(line.roles.publisher.calls.some(({ method }) => method === 'publish')).toBe(true),
  },
  {
    typed: 'pull shop',
    first: 'push shop',
    does: async () => expect(line.roles.publisher.calls.some(({ method }) => method === 'pull')).toBe(true),
  },
  { typed: 'config shop', says: /^GREETING=hello$/m },
  {
    typed: 'config:set shop/MODE production',
    does: async () => expect(await setting('MODE')).toBe('production'),
  },
  { typed: 'config:get shop/GREETING', says: /^hello$/m },
  { typed: 'config:rm shop/GREETING', does: async () => expect(await setting('GREETING')).toBe(undefined) },
  { typed: 'config:export shop', says: /^octo config:set shop [\s\S]*GREETING=hello/m },
  { typed: 'config:env shop', says: /^GREETING=hello$/m },
  { typed: 'config:options shop', says: /WHAT/ },
  { typed: 'config:check shop', says: /passing/ },
  {
    typed: 'domains:set shop a.example.org,b.example.org',
    does: async () => {
      expect(await domains()).toEqual(expect.arrayContaining(['a.example.org', 'b.example.org']));
      expect(line.roles.router.upstreamsOf('b.example.org')).toHaveLength(1);
    },
  },
  { typed: 'domains:get shop', says: /shop\.example\.com/ },
  {
    typed: 'service:set shop 192.0.2.7 8080 http,blue',
    does: async () => expect(await services()).toContain('192.0.2.7'),
  },
  {
    typed: 'service:rm shop 192.0.2.7 8080',
    first: 'service:set shop 192.0.2.7 8080',
    does: async () => expect(await services()).not.toContain('192.0.2.7'),
  },
  { typed: 'service:tags shop', says: /http/ },
  { typed: 'services', says: /shop/ },
  { typed: 'services:catalog', says: /shop/ },
  { typed: 'services:register', says: /Nothing to do/ },
  {
    typed: 'services:clear shop',
    first: 'service:set shop 192.0.2.7 8080',
    does: async () => expect(await services()).not.toContain('192.0.2.7'),
  },
  { typed: 'services:remove shop', says: /Nothing to do/ },
  { typed: 'logs shop' },
  { typed: 'update', says: /next version/ },
  { typed: 'version', says: /^octohost/m },
];

/** With a test of their own: they need a repository that was pushed, another host, or are oclif's. */
const elsewhere = ['restart', 'move:sites', 'move:config', 'help'];

describe('as it was typed to the original', () => {
  it.each(rows)('octo $typed', async ({ typed, also, first, says, does }) => {
    if (first) expect((await line.octo(...(await today(first)))).code).toBe(0);
    const words = [...(await today(typed)), ...(also ? [also] : [])];
    const { code, stdout, stderr } = await line.octo(...words);
    expect(code, stderr).toBe(0);
    if (says) expect(stdout).toMatch(says);
    await does?.();
  });

  it('is every command of the original: run here, tested by itself, or answered with what to type', async () => {
    const names = new Set([...rows.map(({ typed }) => typed.split(' ')[0] ?? ''), ...elsewhere]);
    const missing = original.filter((name) => !names.has(name) && !findOldCommand([name]));
    expect(missing).toEqual([]);
  });
});

let known: Promise<ReadonlyMap<string, string>> | undefined;

/** What each alias stands for. */
async function readAliases(): Promise<ReadonlyMap<string, string>> {
  const { commands } = await Config.load(loadOptions('**/*'));
  const named = commands.filter(({ id, aliases }) => !aliases.includes(id));
  return new Map(named.flatMap(({ id, aliases }) => aliases.map((alias) => [alias, id] as const)));
}

/** oclif resolves aliases, and the tests of commands go around it. */
async function today(typed: string): Promise<string[]> {
  known ??= readAliases();
  const [name = '', ...rest] = typed.split(' ');
  return [(await known).get(name) ?? name, ...rest];
}
