/**
 * Routes that change without a reload: a balancer in Lua asks a table, at the moment it connects, which instances a
 * site has. A reload closes idle connections of clients, and one that sends a request in that moment loses it; this
 * closes none. Pure.
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

export interface RouteTable {
  /** Content key: the name of its file. */
  readonly key: ConfText;
  readonly text: string;
}

/** One line a site: `octohost_app sticky 127.0.0.1:20001 [::1]:20002`. */
export function tableOf(pools: readonly Pool[]): RouteTable {
  const lines = pools.map(
    ({ name, endpoints, sticky }) => `${name} ${sticky ? 'sticky' : 'any'} ${endpoints.join(' ')}\n`,
  );
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
