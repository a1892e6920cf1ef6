/** Entries of the catalog in words. Pure. */
import {
  type ByHandService,
  type CatalogEntry,
  type CheckedService,
  hostAndPort,
  type Service,
} from '../../core/index.ts';
import { shellWord } from '../settings-text/shell.ts';

export const servicesTitles = ['SITE', 'ADDRESS', 'TAGS', 'HEALTH', 'FROM'] as const;
export const checkedTitles = ['SITE', 'ADDRESS', 'HEALTH', 'CHECK', 'BECAUSE'] as const;

export function serviceRow(entry: CatalogEntry): string[] {
  return [entry.site, hostAndPort(entry), entry.tags.join(','), entry.health, originOf(entry)];
}

export function checkedRow({ service, found, because }: CheckedService): string[] {
  return [service.site, hostAndPort(service), found, service.check?.http ?? '-', because];
}

function originOf(service: Service): string {
  return service.kind === 'by-hand' ? `service:set by ${service.actor}` : `deploy ${service.deploy}`;
}

/** The command that brings back what was taken away. */
export function commandOf({ site, address, port, tags }: ByHandService): string {
  return `octo service:set ${site} ${address} ${port} ${shellWord(tags.join(','))}`;
}
