/**
 * Routes that change without a reload: Lua asks a table which site a host belongs to, and at the moment it connects,
 * which instances that has. A reload closes idle connections of clients, and one that sends a request in that moment
 * loses it; this closes none. Pure.
 *
 * - The configuration without its table is the _structure_. nginx.conf names structure, generation and table in one
 *   line; workers are told to look there, and from then on every request, of every worker, goes by that table.
 * - What is told is kept in shared memory by structure: a worker that follows another structure never takes it.
 * - A table is written under its content key before it is named, and read as a whole.
 */
import { type ConfText, quoteFor } from './nginx-quote.ts';
import { contentKey } from './site-conf.ts';

/** A site with instances. */
export interface Pool {
  readonly name: ConfText;
  readonly endpoints: readonly ConfText[];
  readonly sticky: boolean;
}

/** A domain of a site that has no file of its own; those of the others stand in the configuration, as their files do. */
export interface Host {
  readonly name: ConfText;
  /** The name of a pool, or `empty`, `maintenance`. */
  readonly target: ConfText;
}

export interface RouteTable {
  /** Content key: the name of its file. */
  readonly key: ConfText;
  readonly text: string;
}

/** A line for each domain and each site: `host app.test octohost_app`, `octohost_app sticky 127.0.0.1:20001 [::1]:20002`. */
export function tableOf(hosts: readonly Host[], pools: readonly Pool[]): RouteTable {
  const lines = [
    ...hosts.map(({ name, target }) => `host ${name} ${target}\n`),
    ...pools.map(
      ({ name, endpoints, sticky }) => `${name} ${sticky ? 'sticky' : 'any'} ${endpoints.join(' ')}\n`,
    ),
  ];
  const text = lines.join('');
  return { key: quoteFor('nginxRouter').contentKey(contentKey(text)), text };
}

/** What a configuration says of its routes; undefined where they change by a reload. */
export function liveRoutesIn(
  text: string,
): { readonly structure: string; readonly generation: string; readonly table: string } | undefined {
  const words = /^# routes: ([0-9a-f]{16}) ([0-9a-f]{16}) ([0-9a-f]{16})$/m.exec(text);
  const [, structure, generation, table] = words ?? [];
  return structure && generation && table ? { structure, generation, table } : undefined;
}
