/** A catalog entry as text, and back: others can write to the store too, so it is checked whenever it is read. */
import * as z from 'zod/mini';
import { isSiteName, optionProblems, type Service, type SiteName } from '../../core/index.ts';
import { errors } from './errors.ts';

export const catalogPrefix = 'octohost-state/catalog/';

export function keyOf(id: string): string {
  return `${catalogPrefix}${id}`;
}

const text = z.string().check(z.minLength(1));

const schema = z.object({
  id: text,
  site: z.string().check(z.refine(isSiteName, 'is no site name')),
  address: z.union([z.ipv4(), z.ipv6()]),
  port: z.int().check(z.gte(1), z.lte(65_535)),
  tags: z.array(z.string()),
  instance: text,
  deploy: text,
  spec: text,
});

/** Equal services give equal texts, whatever the order of their properties. Pure. */
export function writeService(service: Service): string {
  const { id, site, address, port, tags, instance, deploy, spec } = service;
  return JSON.stringify({ id, site, address, port, tags, instance, deploy, spec });
}

/** Throws E_CATALOG_RECORD, which names the key. Pure. */
export function readService({ key, value }: { readonly key: string; readonly value: string }): Service {
  const parsed = schema.safeParse(parseJson(key, value));
  if (!parsed.success) throw errors.E_CATALOG_RECORD({ key, problem: optionProblems(parsed.error) });
  const service: Service = { ...parsed.data, site: parsed.data.site as SiteName };
  if (keyOf(service.id) !== key)
    throw errors.E_CATALOG_RECORD({ key, problem: `it is the entry of ${JSON.stringify(service.id)}` });
  return service;
}

function parseJson(key: string, value: string): unknown {
  try {
    return JSON.parse(value);
  } catch (cause) {
    throw errors.E_CATALOG_RECORD({ key, problem: 'it is not JSON' }, { cause });
  }
}
