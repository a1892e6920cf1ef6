/** A service as the catalog of Consul has it, and back: others write there too, so it is checked when it is read. Pure. */
import { isDeepStrictEqual } from 'node:util';
import {
  type CatalogEntry,
  type Service,
  type ServiceDefinition,
  serviceDefinition,
} from '../../core/index.ts';
import { parseService } from '../shared/service-schema.ts';

/** What Consul answers of one service, in the parts that are read. */
export interface CatalogItem {
  readonly Service: {
    readonly ID: string;
    readonly Service: string;
    readonly Address: string;
    readonly Port: number;
    readonly Tags: readonly string[] | null;
    readonly Meta: Readonly<Record<string, string>> | null;
  };
  readonly Checks: readonly CheckItem[];
}

interface CheckItem {
  readonly Status: string;
  readonly Output: string;
  /** Empty where it is a check of the whole node. */
  readonly ServiceID: string;
}

const agentMeta = 'octohost-agent';

/** What the agent is told: the original's fields, and whose it is and where it was registered as Meta. */
export function definitionOf(service: Service, installation: string, agent: string): ServiceDefinition {
  const definition = serviceDefinition(service, installation);
  const check = service.check && {
    'octohost-check': service.check.http,
    'octohost-interval': service.check.interval,
  };
  return { ...definition, Meta: { ...definition.Meta, ...check, [agentMeta]: agent } };
}

export function isOurs({ Service }: CatalogItem, installation: string): boolean {
  return Service.Meta?.['octohost-installation'] === installation;
}

/** The agent that a service was registered at. */
export function agentOf({ Service }: CatalogItem): string | undefined {
  return Service.Meta?.[agentMeta];
}

/** Whether Consul has exactly what would be registered; a check is known by its Meta. */
export function isDefinition({ Service }: CatalogItem, wanted: ServiceDefinition): boolean {
  const { ID, Service: Name, Address, Port, Tags, Meta } = Service;
  const { check: _, ...told } = wanted;
  return isDeepStrictEqual({ ID, Name, Address, Port, Tags: Tags ?? [], Meta: Meta ?? {} }, told);
}

/** The entry, or in words why it is none. */
export function readService(
  item: CatalogItem,
): { readonly entry: CatalogEntry } | { readonly problem: string } {
  const { ID: id, Service: site, Address: address, Port: port, Tags, Meta } = item.Service;
  const meta = (name: string) => Meta?.[`octohost-${name}`];
  const http = meta('check');
  const owner =
    meta('kind') === 'by-hand'
      ? { kind: 'by-hand', actor: meta('actor'), since: meta('since') }
      : { kind: meta('kind'), instance: meta('instance'), deploy: meta('deploy'), spec: meta('spec') };
  const parsed = parseService({
    id,
    site,
    address,
    port,
    tags: Tags ?? [],
    ...(http === undefined ? {} : { check: { http, interval: meta('interval') } }),
    ...owner,
  });
  if ('problem' in parsed) return parsed;
  return { entry: { ...parsed.service, health: healthOf(item.Checks) } };
}

/** A check that has not run yet is critical to Consul; octohost has seen the instance answer, so it says nothing. */
function healthOf(checks: readonly CheckItem[]): CatalogEntry['health'] {
  const ran = checks.filter(({ Status, Output }) => !(Status === 'critical' && Output === ''));
  if (ran.some(({ Status }) => Status === 'critical')) return 'critical';
  return ran.some(({ ServiceID }) => ServiceID !== '') ? 'passing' : 'unknown';
}
