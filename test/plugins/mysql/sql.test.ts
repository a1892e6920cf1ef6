import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSiteName, parseSiteName } from '../../../core/index.ts';
import { mysql } from '../../../plugins/mysql/index.ts';
import { addressOf, missing, refuseOther, removal } from '../../../plugins/mysql/settings.ts';
import {
  createStatements,
  deleteStatements,
  grantPattern,
  identifier,
  lookUps,
  takenBy,
} from '../../../plugins/mysql/sql.ts';

const wanted = { site: parseSiteName('my_shop'), installation: '0a1b2c3d', clients: '%' };

it('a database is made and deleted by these statements', () => {
  expect(createStatements(wanted, 'pass-word_1')).toEqual([
    "CREATE DATABASE IF NOT EXISTS `my_shop` COMMENT 'octohost 0a1b2c3d my_shop'",
    "CREATE USER IF NOT EXISTS 'my_shop'@'%' IDENTIFIED BY 'pass-word_1'",
    "ALTER USER 'my_shop'@'%' IDENTIFIED BY 'pass-word_1'",
    "GRANT ALL PRIVILEGES ON `my\\_shop`.* TO 'my_shop'@'%'",
  ]);
  expect(deleteStatements(wanted, { comment: 'x', users: ['%', '10.0.%'] })).toEqual([
    "DROP USER IF EXISTS 'my_shop'@'%'",
    "DROP USER IF EXISTS 'my_shop'@'10.0.%'",
    'DROP DATABASE IF EXISTS `my_shop`',
  ]);
});

/** What the server reads as one name in backquotes from the start of a text, and what is left after it. */
function readName(sql: string): { name: string; rest: string } | undefined {
  if (sql[0] !== '`') return undefined;
  let name = '';
  for (let at = 1; at < sql.length; at += 1) {
    if (sql[at] !== '`') name += sql[at];
    else if (sql[at + 1] === '`') {
      name += '`';
      at += 1;
    } else return { name, rest: sql.slice(at + 1) };
  }
  return undefined;
}

const anyName = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 64 }),
    fc.string({
      unit: fc.constantFrom('`', "'", '"', '\\', '_', '%', '.', '?', ';', '-', '#', '/', '*', '\n', 'a'),
      minLength: 1,
      maxLength: 64,
    }),
  )
  .filter((text) => {
    try {
      identifier(text);
      return true;
    } catch {
      return false;
    }
  });

describe('nothing gets out of the quoting', () => {
  it('of a name: all of it is read, as it was, and nothing is left over', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        expect(readName(identifier(name))).toEqual({ name, rest: '' });
        expect(readName(grantPattern(name))?.rest).toBe('');
      }),
    );
  });

  it('of a GRANT: it is for the database of that name and for no other', () => {
    /** The pattern as the server reads it. */
    const matches = (pattern: string, name: string) => {
      const parts = [...pattern.matchAll(/\\(.)|([_%])|(.)/gsu)];
      const source = parts.map(([, plain, wild, other]) =>
        wild === '_' ? '.' : wild === '%' ? '.*' : RegExp.escape(plain ?? other ?? ''),
      );
      return new RegExp(`^${source.join('')}$`, 's').test(name);
    };
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '_', '%', '\\'), minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(name, name, (own, other) => {
        const pattern = readName(grantPattern(own))?.name ?? '';
        expect(matches(pattern, own)).toBe(true);
        expect(matches(pattern, other)).toBe(own === other);
      }),
      {
        examples: [
          ['a_b', 'aab'],
          ['a%', 'abb'],
        ],
      },
    );
  });

  it('of a whole statement, for every name that a site may have', () => {
    const site = fc.stringMatching(/^[a-z0-9]+(?:[-_][a-z0-9]+)*$/).filter((text) => isSiteName(text));
    fc.assert(
      fc.property(site, (text) => {
        const { site: name, ...rest } = { ...wanted, site: parseSiteName(text) };
        const statements = [
          ...createStatements({ site: name, ...rest }, 'password'),
          ...deleteStatements({ site: name, ...rest }, { comment: '', users: ['%'] }),
          ...Object.values(lookUps({ site: name, ...rest })),
        ];
        for (const sql of statements)
          expect(sql.replace(/'[^'\\]*'|`[^`]*`/g, '')).toMatch(/^[A-Za-z.*@= _]+$/);
      }),
    );
  });

  it.each(['', 'a'.repeat(65), 'a ', 'a\0b', 'a😀'])(
    'the name %j is refused, for the server would change it',
    (name) => {
      expect(() => identifier(name)).toThrow(/^A name for the database server/);
    },
  );
});

describe('whose a database is', () => {
  it.each([
    [{ comment: undefined, users: [] }, undefined],
    [{ comment: 'octohost 0a1b2c3d my_shop', users: ['%'] }, undefined],
    [{ comment: 'octohost 0a1b2c3d my_shop', users: [] }, undefined],
    [{ comment: 'octohost ffffffff my_shop', users: ['%'] }, 'database my_shop'],
    [{ comment: '', users: [] }, 'database my_shop'],
    [{ comment: undefined, users: ['localhost'] }, 'user my_shop'],
  ])('%j is taken: %s', (found, taken) => {
    expect(takenBy(wanted, found)).toBe(taken);
  });
});

describe('the settings', () => {
  const options = { host: 'db.example.com', port: 3306, username: 'octohost', clients: '%' };
  const address = addressOf(wanted.site, options);

  it('are those of the original, and the port where it is another', () => {
    expect(address).toEqual({
      MYSQL_USERNAME: 'my_shop',
      MYSQL_DATABASE: 'my_shop',
      MYSQL_HOSTNAME: 'db.example.com',
    });
    expect(addressOf(wanted.site, { ...options, port: 3307, hostname: '172.17.0.1' })).toMatchObject({
      MYSQL_HOSTNAME: '172.17.0.1',
      MYSQL_PORT: '3307',
    });
  });

  it('of another database are refused, and only the missing ones are set', () => {
    expect(() => refuseOther(wanted.site, { MYSQL_DATABASE: 'other' }, address)).toThrow(
      /MYSQL_DATABASE of another/,
    );
    refuseOther(wanted.site, { ...address, OTHER: '1' }, address);
    expect(missing({ MYSQL_USERNAME: 'my_shop' }, address)).toEqual({
      MYSQL_DATABASE: 'my_shop',
      MYSQL_HOSTNAME: 'db.example.com',
    });
  });

  it('go with the database, those that are there', () => {
    expect(removal({ MYSQL_USERNAME: 'my_shop', OTHER: '1' }, ['MYSQL_PASSWORD'], address)).toEqual({
      MYSQL_USERNAME: null,
      MYSQL_PASSWORD: null,
    });
    expect(removal({}, [], address)).toEqual({});
  });
});

it.each<[object, string]>([
  [{}, 'host'],
  [{ host: '127.0.0.1' }, 'hostname is missing'],
  [{ host: "a' OR 1" }, 'host: is no name or address'],
  [{ host: 'db', clients: "%' IDENTIFIED BY ''" }, 'clients: is no pattern of hosts'],
  [{ host: 'db', password: 'x' }, 'password'],
  [{ host: 'db', passwordFile: 'relative' }, 'passwordFile: is no absolute path'],
])('the options %j are refused', (options, words) => {
  expect(() => mysql(options as never)).toThrow(words);
});
