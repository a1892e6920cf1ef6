/** What repositories may tell plugins: checked at the door, kept with the release, typed for taps. */
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import * as z from 'zod';
import { parseSiteName } from '../../core/grammar.ts';
import { definePlugin } from '../../core/plugin.ts';
import { parseSiteFile } from '../../core/site-file.ts';
import { pluginsJsonSchema, siteFileKeys } from '../../core/site-file-key.ts';
import { siteFileJsonSchema } from '../../core/site-file-schema.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const app = parseSiteName('app');
const schema = z.strictObject({ database: z.string(), size: z.int().default(10) });
const siteFile = { says: 'Which database the site gets.', schema };
const keys = siteFileKeys([{ name: 'mysql', siteFile }, { name: 'plain' }]);

const seen: string[] = [];
const mysql = definePlugin({
  name: 'mysql',
  siteFile,
  setup({ hooks, told }) {
    const note = (hook: string) => async (fact: { readonly site: typeof app }) => {
      const wanted = await told(fact.site);
      expectTypeOf(wanted).toEqualTypeOf<{ database: string; size: number } | undefined>();
      seen.push(`${hook} ${wanted?.database} ${wanted?.size}`);
    };
    hooks.received.tap('look', note('received'));
    hooks.modifySpec.tap('look', async (spec) => {
      await note('modifySpec')(spec);
      return undefined;
    });
    hooks.settled.tap('look', note('settled'));
    hooks.retired.tap('look', note('retired'));
  },
});

const parse = (text: string) => parseSiteFile('.octohost.yml', Buffer.from(text), keys);
const linesOf = async (text: string) =>
  parse(text).then(
    () => [],
    (error: { details: string[] }) => error.details,
  );

describe('the part of a site file that is for plugins', () => {
  it('is read as it stands, with the line of each plugin', async () => {
    const read = await parse('instances: 2\nplugins:\n  mysql:\n    database: shop\n');
    expect(read.plugins).toEqual({ mysql: { database: 'shop' } });
    expect(read.lines).toMatchObject({ 'plugins.mysql': 3 });
    expect(read.values).toEqual({ CONTAINERS: '2' });
    expect(await parse('instances: 2\n')).not.toHaveProperty('plugins');
  });

  it.each([
    { text: 'plugins:\n  mysql:\n    database: 7\n', says: /^line 3: plugins\.mysql\.database: .*string/ },
    { text: 'plugins:\n  mysql:\n    database: a\n    siez: 1\n', says: /^line 2: plugins\.mysql: .*siez/ },
    { text: 'plugins:\n  mysqll: {}\n', says: /^line 2: no plugin mysqll of .*; did you mean mysql\?$/ },
    { text: 'plugins:\n  plain: 1\n', says: /^line 2: no plugin plain .*; there are mysql$/ },
    { text: 'plugins: 1\n', says: /^line 1: plugins is not a map of plugins$/ },
    { text: 'plugin:\n  mysql: {}\n', says: /^line 1: there is no key plugin; did you mean plugins\?$/ },
  ])('is refused with its line: $text', async ({ text, says }) => {
    expect(await linesOf(text)).toEqual([expect.stringMatching(says)]);
  });

  it('is in the JSON Schema of the installation, strictly; in the published one it is open', () => {
    const inside = pluginsJsonSchema(keys);
    expect(inside).toMatchObject({
      additionalProperties: false,
      properties: {
        mysql: { description: siteFile.says, type: 'object', properties: { database: { type: 'string' } } },
      },
    });
    expect(siteFileJsonSchema(keys)).toMatchObject({ properties: { plugins: inside, instances: {} } });
    expect(siteFileJsonSchema()).toMatchObject({ properties: { plugins: { additionalProperties: {} } } });
  });

  it('is open in it where a library cannot tell its schema', () => {
    const { validate, vendor } = schema['~standard'];
    const silent = { says: 'x', schema: { '~standard': { version: 1, vendor, validate } } } as const;
    expect(pluginsJsonSchema({ silent })).toMatchObject({ properties: { silent: { description: 'x' } } });
  });
});

describe('what a plugin is told', () => {
  let world: TestEngine;
  afterEach(() => world.dispose());
  const file = (database: string) => ({ '.octohost.yml': `plugins:\n  mysql:\n    database: ${database}\n` });

  it('is typed, of the push while it is deployed, then of the current release', async () => {
    world = testEngine({ more: [mysql] });
    seen.length = 0;
    await world.engine.deploy([push(app, file('one'))], world.operation());
    expect(seen).toEqual(['received one 10', 'modifySpec one 10', 'settled one 10']);
    await world.engine.deploy([push(app, file('two'))], world.operation());
    await world.engine.finishRetiring([app], world.operation());
    expect(seen.slice(3)).toEqual([
      'received two 10',
      'modifySpec two 10',
      'settled two 10',
      'retired two 10',
    ]);
    seen.length = 0;
    await world.engine.rollback(app, 1, world.operation());
    expect(seen).toEqual(['modifySpec one 10', 'settled one 10']);
    await expect(world.engine.deploy([push(app, file('[]'))], world.operation())).rejects.toMatchObject({
      code: 'E_SITE_FILE',
    });
    await world.engine.preview([push(app, file('three'))], world.operation());
    expect(seen.at(-1)).toBe('modifySpec three 10');
    await world.engine.change(app, { reason: 'reload', reload: true }, world.operation());
    expect(seen.slice(-2)).toEqual(['modifySpec one 10', 'settled one 10']);
  });

  it('is explained, with its line', async () => {
    world = testEngine({ more: [mysql] });
    await world.engine.deploy([push(app, file('one'))], world.operation());
    expect(await world.engine.explain(app)).toContainEqual({
      name: 'plugins.mysql',
      value: '{"database":"one"}',
      origin: '.octohost.yml line 2',
    });
  });

  it('is nothing where nobody says anything; a plugin without a schema is refused', async () => {
    world = testEngine({ more: [mysql] });
    seen.length = 0;
    await world.engine.deploy([push(app)], world.operation());
    expect(seen).toContain('received undefined undefined');
    const wrong = definePlugin({ name: 'wrong', siteFile: { says: 'x' } as never, setup() {} });
    expect(() => testEngine({ more: [wrong] })).toThrow(
      expect.objectContaining({ details: [expect.stringContaining('siteFile without a schema')] }),
    );
  });
});
