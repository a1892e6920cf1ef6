/** The statements that make and delete a site's database. Pure; mysql2 does the quoting. */
import { escapeId, escape as quoted } from 'mysql2';
import type { SiteName } from 'octohost';
import { errors } from './errors.ts';

/** A name in backquotes, whatever is in it. @throws E_MYSQL_NAME where the server would refuse or change it */
export function identifier(name: string): string {
  const problem =
    name === ''
      ? 'is empty'
      : name.length > 64
        ? 'is longer than 64 characters'
        : name.endsWith(' ')
          ? 'ends with a space'
          : /[\0\u{10000}-\u{10ffff}\ud800-\udfff]/u.test(name)
            ? 'has a character that no name may have'
            : undefined;
  if (problem !== undefined) throw errors.E_MYSQL_NAME({ problem });
  return escapeId(name, true);
}

/** In GRANT, `_` and `%` of a database's name stand for any character: a_b would be axb too. */
export function grantPattern(database: string): string {
  identifier(database);
  return escapeId(database.replaceAll(/[\\_%]/g, String.raw`\$&`), true);
}

/** Database and user have the name of the site. */
export interface Wanted {
  readonly site: SiteName;
  /** The installation's id. */
  readonly installation: string;
  /** From where the user may log in. */
  readonly clients: string;
}

/** The comment by which a database is known as a site's, of one installation. */
export function markOf({ site, installation }: Wanted): string {
  return `octohost ${installation} ${site}`;
}

/** Comment of the database, and from where the user of that name may log in. */
export interface Found {
  readonly comment: string | undefined;
  readonly users: readonly string[];
}

export function lookUps({ site }: Wanted): { readonly database: string; readonly users: string } {
  const name = quoted(site);
  return {
    database: `SELECT SCHEMA_COMMENT AS found FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ${name}`,
    users: `SELECT Host AS found FROM mysql.user WHERE User = ${name}`,
  };
}

/** What is there and is not this site's; undefined: nothing. A user is its own where the database is. */
export function takenBy(wanted: Wanted, found: Found): string | undefined {
  if (found.comment !== undefined && found.comment !== markOf(wanted)) return `database ${wanted.site}`;
  if (found.comment === undefined && found.users.length > 0) return `user ${wanted.site}`;
  return undefined;
}

/** Makes what is missing; each may be run again. The database is first: it is what tells whose the user is. */
export function createStatements(wanted: Wanted, password: string): string[] {
  const user = userOf(wanted);
  return [
    `CREATE DATABASE IF NOT EXISTS ${identifier(wanted.site)} COMMENT ${quoted(markOf(wanted))}`,
    `CREATE USER IF NOT EXISTS ${user} IDENTIFIED BY ${quoted(password)}`,
    `ALTER USER ${user} IDENTIFIED BY ${quoted(password)}`,
    `GRANT ALL PRIVILEGES ON ${grantPattern(wanted.site)}.* TO ${user}`,
  ];
}

/** The database is last, for the same reason. */
export function deleteStatements(wanted: Wanted, found: Found): string[] {
  const users = found.users.map((clients) => `DROP USER IF EXISTS ${userOf({ ...wanted, clients })}`);
  return [...users, `DROP DATABASE IF EXISTS ${identifier(wanted.site)}`];
}

function userOf({ site, clients }: Wanted): string {
  return `${quoted(site)}@${quoted(clients)}`;
}
