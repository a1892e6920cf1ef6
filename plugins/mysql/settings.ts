/** What a site is told of its database. Pure. */
import type { SettingKey, SiteName } from 'octohost';
import { errors } from './errors.ts';
import type { CheckedOptions } from './options.ts';

type Values = Readonly<Record<string, string>>;

export const passwordKey = 'MYSQL_PASSWORD' as SettingKey;

/** All but the password. */
export function addressOf(site: SiteName, { host, hostname, port }: CheckedOptions): Values {
  return {
    MYSQL_USERNAME: site,
    MYSQL_DATABASE: site,
    MYSQL_HOSTNAME: hostname ?? host,
    ...(port === 3306 ? {} : { MYSQL_PORT: String(port) }),
  };
}

/** @throws E_MYSQL_OTHER where the site uses another database: what it was given by hand stays */
export function refuseOther(site: SiteName, known: Values, wanted: Values): void {
  const key = Object.keys(wanted).find((name) => name in known && known[name] !== wanted[name]);
  if (key !== undefined) throw errors.E_MYSQL_OTHER({ site, key });
}

/** Whether a site with these settings uses the database. */
export function isUsedBy(known: Values, address: Values): boolean {
  return Object.entries(address).every(([name, value]) => known[name] === value);
}

/** Those of the wanted that are not there yet. */
export function missing(known: Values, wanted: Values): Values {
  return Object.fromEntries(Object.entries(wanted).filter(([key]) => !(key in known)));
}

/** What takes all of them away again; nothing where none is there. */
export function removal(known: Values, secrets: readonly string[], wanted: Values): Record<string, null> {
  const there = [...Object.keys(wanted), passwordKey].filter((key) => key in known || secrets.includes(key));
  return Object.fromEntries(there.map((key) => [key, null]));
}
