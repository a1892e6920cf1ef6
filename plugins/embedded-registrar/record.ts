/** A catalog entry as text, and back: others can write to the store too, so it is checked whenever it is read. */
import * as z from 'zod/mini';
import { isSiteName, optionProblems, type Service, type SiteName } from '../../core/index.ts';
import { errors } from './errors.ts';

export const catalogPrefix = 'octohost-state/catalog/';

export function keyOf(id: string): string {
  return `${catalogPrefix}${id}`;
}

const text = z.string().check(z.minLength(1));

const facts = {
  id: text,
  site: z.string().check(z.refine(isSiteName, 'is no site name')),
  address: z.union([z.ipv4(), z.ipv6()]),
  port: z.int().check(z.gte(1), z.lte(65_535)),
  tags: z.array(z.string()),
  check: z.optional(z.object({ http: text, interval: text })),
};

const schema = z.discriminatedUnion('kind', [
  z.object({ ...facts, kind: z.literal('instance'), instance: text, deploy: text, spec: text }),
  z.object({ ...facts, kind: z.literal('by-hand'), actor: text, since: text }),
]);

/** Equal services give equal texts, whatever the order of their properties. Pure. */
export function writeService(service: Service): string {
  const { id, site, address, port, tags, check, kind } = service;
  const owner =
    service.kind === 'by-hand'
      ? { actor: service.actor, since: service.since }
      : { instance: service.instance, deploy: service.deploy, spec: service.spec };
  return JSON.stringify({
    id,
    site,
    address,
    port,
    tags,
    ...(check ? { check: { http: check.http, interval: check.interval } } : {}),
    kind,
    ...owner,
  });
}

/** Throws E_CATALOG_RECORD, which names the key. Pure. */
export function readService({ key, value }: { readonly key: string; readonly value: string }): Service {
  const parsed = schema.safeParse(parseJson(key, value));
  if (!parsed.success) throw errors.E_CATALOG_RECORD({ key, problem: optionProblems(parsed.error) });
  const service = { ...parsed.data, site: parsed.data.site as SiteName } as Service;
  if (keyOf(service.id) !== key)
    throw errors.E_CATALOG_RECORD({ key, problem: `it is the entry of ${JSON.stringify(service.id)}` });
  return service;
}

function parseJson(key: string, value: string): unknown {
  try {
    const parsed: unknown = JSON.parse(value);
    // Entries of before are all of instances, and do not say so.
    return typeof parsed === 'object' ? { kind: 'instance', ...parsed } : parsed;
  } catch (cause) {
    throw errors.E_CATALOG_RECORD({ key, problem: 'it is not JSON' }, { cause });
  }
}
