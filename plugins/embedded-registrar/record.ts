/** A catalog entry as text, and back: others can write to the store too, so it is checked whenever it is read. */
import type { Service } from '../../core/index.ts';
import { parseService } from '../shared/service-schema.ts';
import { errors } from './errors.ts';

export const catalogPrefix = 'octohost-state/catalog/';

export function keyOf(id: string): string {
  return `${catalogPrefix}${id}`;
}

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
  const parsed = parseService(parseJson(key, value));
  if ('problem' in parsed) throw errors.E_CATALOG_RECORD({ key, problem: parsed.problem });
  const { service } = parsed;
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
