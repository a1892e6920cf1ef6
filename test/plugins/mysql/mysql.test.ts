/** The two commands on a real MariaDB server, with an engine on in-memory roles. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../../cli/dev/free-port.ts';
import { type CommandRun, parseSiteName } from '../../../core/index.ts';
import { errors } from '../../../plugins/mysql/errors.ts';
import { type MysqlOptions, mysql } from '../../../plugins/mysql/index.ts';
import { schema } from '../../../plugins/mysql/options.ts';
import { grantPattern, identifier } from '../../../plugins/mysql/sql.ts';
import { type MariaDb, mariaDb } from '../../helpers/mariadb.ts';
import { push, type TestEngine, testEngine } from '../../helpers/world.ts';

let server: MariaDb;
let folder: string;
let world: TestEngine;
beforeAll(async () => {
  server = await mariaDb();
});
afterAll(() => server?.dispose());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octo-mysql-'));
  world = testEngine({ dataDir: folder });
});
afterEach(async () => {
  await world.dispose();
  await rm(folder, { recursive: true });
  const own = await server.ask(
    `SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE SCHEMA_COMMENT <> '' OR SCHEMA_NAME LIKE 'my%shop'`,
  );
  for (const { name } of own.filter((row) => row['name'] !== 'mysql'))
    await server.ask(`DROP DATABASE ${identifier(String(name))}`);
  const users = await server.ask(
    `SELECT User AS user, Host AS host FROM mysql.user WHERE User LIKE 'my%shop'`,
  );
  for (const { user, host } of users) await server.ask(`DROP USER '${String(user)}'@'${String(host)}'`);
});

const shop = parseSiteName('my_shop');

interface Outcome {
  readonly result: { readonly [key: string]: unknown };
  readonly said: readonly string[];
}

/** Runs a command as the program would, and gives what it says. */
async function run(
  name: string,
  more: { flags?: CommandRun['flags']; answer?: string; options?: Partial<MysqlOptions>; site?: string } = {},
): Promise<Outcome> {
  const plugin = mysql({ host: '127.0.0.1', hostname: 'db.internal', port: server.port, ...more.options });
  const installation = { environment: { OCTO_MYSQL_PASSWORD: server.admin.password } };
  plugin.setup({ installation } as never);
  const command = plugin.commands?.find((one) => one.name === name);
  const said: string[] = [];
  const result = await command?.run({
    args: { site: more.site ?? shop },
    flags: more.flags ?? {},
    engine: world.engine,
    actor: 'me',
    isRemote: false,
    signal: new AbortController().signal,
    print: (line) => void said.push(line),
    notice: (line) => void said.push(line),
    ask: async (question) => {
      said.push(question);
      return more.answer;
    },
    operation: () => world.operation(),
  });
  return { result: result as Outcome['result'], said };
}

/** The user of a site, as the site itself would log in. */
async function login(site = shop) {
  const settings = await world.engine.settings(site);
  const value = (key: string) => (settings as Record<string, string>)[key] ?? '';
  return {
    user: value('MYSQL_USERNAME'),
    password: value('MYSQL_PASSWORD'),
    database: value('MYSQL_DATABASE'),
  };
}

const environments = () =>
  world.roles.runtime.calls
    .filter(({ method }) => method === 'start')
    .map(
      ({ arguments: [given] }) =>
        (given as { spec: { environment: Record<string, string> } }).spec.environment,
    );

it('the database that a renamed site goes on with is given to no other, and not deleted', async () => {
  await world.engine.deploy([push(shop)], world.operation());
  await run('mysql:create');
  const own = await login();
  await server.ask("CREATE TABLE notes AS SELECT 'kept' AS text", own);
  const renamed = parseSiteName('my_new_shop');
  await world.engine.rename(shop, renamed, world.operation());
  expect(await login(renamed)).toEqual(own);
  await world.engine.deploy([push(shop)], world.operation());
  await expect(run('mysql:create')).rejects.toMatchObject({ code: 'E_MYSQL_USED' });
  await expect(run('mysql:delete', { flags: { yes: true } })).rejects.toMatchObject({ code: 'E_MYSQL_USED' });
  expect(await server.ask('SELECT text FROM notes', own)).toHaveLength(1);
});

describe('mysql:create', () => {
  it('gives a site that runs a database that its new instances can use, and keeps the password secret', async () => {
    await world.engine.deploy([push(shop)], world.operation());
    const { result, said } = await run('mysql:create');
    expect(result).toEqual({
      site: 'my_shop',
      database: 'my_shop',
      username: 'my_shop',
      hostname: 'db.internal',
      applied: true,
    });
    expect(environments().at(-1)).toMatchObject({
      MYSQL_USERNAME: 'my_shop',
      MYSQL_DATABASE: 'my_shop',
      MYSQL_HOSTNAME: 'db.internal',
      MYSQL_PORT: String(server.port),
      MYSQL_PASSWORD: expect.stringMatching(/^[\w-]{32}$/),
    });
    const own = await login();
    await server.ask('CREATE TABLE notes (text VARCHAR(9))', own);
    await server.ask("INSERT INTO notes VALUES ('kept')", own);
    const { secrets, settings } = await world.engine.shownSettings(shop);
    expect(secrets).toEqual(['MYSQL_PASSWORD']);
    expect(Object.keys(settings)).not.toContain('MYSQL_PASSWORD');
    expect([...said, ...world.told, JSON.stringify(world.roles.store.dump())].join('\n')).not.toContain(
      own.password,
    );
  });

  it('run again changes nothing: neither data nor password nor release', async () => {
    await world.engine.deploy([push(shop)], world.operation());
    await run('mysql:create');
    const own = await login();
    await server.ask("CREATE TABLE notes AS SELECT 'kept' AS text", own);
    const { result } = await run('mysql:create');
    expect(result['applied']).toBe(false);
    expect(await login()).toEqual(own);
    expect(await server.ask('SELECT text FROM notes', own)).toEqual([{ text: 'kept' }]);
    expect((await world.engine.current(shop))?.number).toBe(2);
  });

  it('completes what a run began that was killed before the site knew its password', async () => {
    await world.engine.deploy([push(shop)], world.operation());
    world.roles.runtime.faults.on('start', new Error('killed'));
    await expect(run('mysql:create')).rejects.toThrow('killed');
    expect((await world.engine.shownSettings(shop)).secrets).toEqual([]);
    world.roles.runtime.faults.clear();
    await run('mysql:create');
    expect(await server.ask('SELECT 1 AS one', await login())).toEqual([{ one: 1 }]);
  });

  it('before the first push stores what the first release takes', async () => {
    expect((await run('mysql:create')).said.at(-1)).toMatch(/^Stored, not applied/);
    await world.engine.deploy([push(shop)], world.operation());
    expect(environments()[0]).toMatchObject({ MYSQL_DATABASE: 'my_shop' });
  });

  it('two at once end with one password, which is right', async () => {
    await Promise.all([run('mysql:create'), run('mysql:create')]);
    expect(await server.ask('SELECT 1 AS one', await login())).toEqual([{ one: 1 }]);
  });

  it("lets a site reach no other's database, though _ stands for any letter in a GRANT", async () => {
    await run('mysql:create');
    await server.ask("CREATE DATABASE `myxshop` COMMENT 'mine'");
    const own = await login();
    await expect(server.ask('CREATE TABLE myxshop.t (a INT)', own)).rejects.toThrow(/denied/);
    await expect(server.ask('SELECT * FROM mysql.user', own)).rejects.toThrow(/denied/);
  });

  it.each([
    ['database', 'CREATE DATABASE my_shop'],
    ['user', "CREATE USER my_shop@localhost IDENTIFIED BY 'theirs'"],
  ])('leaves a %s of that name alone that it did not make', async (what, sql) => {
    await server.ask(sql);
    const refused = { code: 'E_MYSQL_TAKEN', message: expect.stringContaining(`The ${what} my_shop`) };
    await expect(run('mysql:create')).rejects.toMatchObject(refused);
    await expect(run('mysql:delete', { flags: { yes: true } })).rejects.toMatchObject(refused);
  });

  it('refuses a site that uses another database', async () => {
    await world.engine.setSettings(shop, { MYSQL_HOSTNAME: 'elsewhere' } as never);
    await expect(run('mysql:create')).rejects.toMatchObject({ code: 'E_MYSQL_OTHER' });
    expect(await server.ask("SHOW DATABASES LIKE 'my\\_shop'")).toEqual([]);
  });

  it.each(['mysql', 'sys'])("refuses the server's own database %s", async (site) => {
    await expect(run('mysql:create', { site })).rejects.toMatchObject({ code: 'E_MYSQL_TAKEN' });
  });
});

describe('mysql:delete', () => {
  it('asks, and without the right answer nothing is deleted', async () => {
    await run('mysql:create');
    await expect(run('mysql:delete', { answer: 'shop' })).rejects.toMatchObject({
      code: 'E_MYSQL_NOT_CONFIRMED',
      message: 'The database of my_shop stays.',
    });
    await expect(run('mysql:delete')).rejects.toThrow('was not confirmed');
    expect(await server.ask('SELECT 1 AS one', await login())).toEqual([{ one: 1 }]);
  });

  it('takes database, user and variables away; run again it finds nothing', async () => {
    await world.engine.deploy([push(shop)], world.operation());
    await run('mysql:create');
    const own = await login();
    const { result } = await run('mysql:delete', { answer: 'my_shop' });
    expect(result).toEqual({ site: 'my_shop', deleted: true });
    await expect(server.ask('SELECT 1', own)).rejects.toThrow(/denied/);
    expect(await server.ask("SHOW DATABASES LIKE 'my\\_shop'")).toEqual([]);
    expect(Object.keys(environments().at(-1) ?? {}).filter((key) => key.startsWith('MYSQL_'))).toEqual([]);
    expect((await run('mysql:delete', { flags: { yes: true } })).result).toEqual({
      site: 'my_shop',
      deleted: false,
    });
    expect((await world.engine.current(shop))?.number).toBe(3);
  });

  it('deletes nothing while the site cannot do without', async () => {
    await world.engine.deploy([push(shop)], world.operation());
    await run('mysql:create');
    world.roles.runtime.faults.on('start', new Error('no database'));
    await expect(run('mysql:delete', { flags: { yes: true } })).rejects.toThrow('no database');
    expect(await server.ask('SELECT 1 AS one', await login())).toEqual([{ one: 1 }]);
  });
});

describe('the server', () => {
  it('that refuses is named, without the password', async () => {
    const passwordFile = join(folder, 'password');
    await writeFile(passwordFile, 'wrong-password\n');
    const failed = await run('mysql:create', { options: { passwordFile } }).catch((error: unknown) => error);
    expect(failed).toMatchObject({
      code: 'E_MYSQL_SERVER',
      message: expect.stringMatching(/127.0.0.1:\d+ .*Access denied/),
    });
    expect(`${(failed as Error).stack} ${JSON.stringify(failed)}`).not.toContain('wrong-password');
  });

  it('that is not there is an error that says so', async () => {
    const port = await freePort();
    await expect(run('mysql:create', { options: { port } })).rejects.toMatchObject({
      code: 'E_MYSQL_SERVER',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('without TLS is spoken to only where tls is false', async () => {
    await expect(run('mysql:create', { options: { tls: true } })).rejects.toMatchObject({
      code: 'E_MYSQL_SERVER',
    });
  });

  it('reads a quoted name as it was, whatever is in it', async () => {
    const unit = fc.constantFrom(
      '`',
      "'",
      '"',
      '\\',
      '_',
      '%',
      '.',
      '?',
      ';',
      '-',
      '#',
      '/',
      '*',
      '\n',
      'a',
      'é',
    );
    const name = fc.string({ unit, minLength: 1, maxLength: 60 }).filter((text) => text.trim() === text);
    await fc.assert(
      fc.asyncProperty(name, async (text) => {
        const [row] = await server.ask(`SELECT 1 AS ${identifier(text)}`);
        expect(Object.keys(row ?? {})).toEqual([text]);
      }),
    );
  });

  it('grants for the name alone that was quoted', async () => {
    const names = ['my_shop', 'my%shop', 'my\\_shop', 'my`shop'];
    for (const name of names)
      await server.ask(`GRANT SELECT ON ${grantPattern(name)}.* TO my_shop@'%' IDENTIFIED BY 'x'`);
    const granted = await server.ask("SELECT Db AS db FROM mysql.db WHERE User = 'my_shop'");
    expect(granted.map(({ db }) => String(db)).toSorted()).toEqual(
      names.map((name) => name.replaceAll(/[\\_%]/g, String.raw`\$&`)).toSorted(),
    );
  });
});

it('the tables of the README have every option and every error', async () => {
  const text = await readFile(new URL('../../../plugins/mysql/README.md', import.meta.url), 'utf8');
  for (const name of [...Object.keys(schema.shape), ...Object.keys(errors)])
    expect(text).toContain(`| \`${name}\``);
});
