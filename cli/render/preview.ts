/** What a push would do, for people. Pure. */
import { nameOfOrigin, type Preview, type SitePreview, type StopPreview } from '../../core/index.ts';
import { shownDomain } from './domain.ts';

export function previewLines({ sites, router }: Preview): string[] {
  return [
    ...sites.flatMap((site) => ('stops' in site ? stopLines(site) : siteLines(site))),
    '-----> the routes would',
    ...(router.length === 0 ? ['       stay as they are'] : router.map((line) => `       ${line}`.trimEnd())),
  ];
}

function siteLines(plan: SitePreview): string[] {
  const { site, release, current, takesFrom, builds, domains } = plan;
  const replaced =
    current === undefined ? 'the first one of this site' : `in the place of release ${current}`;
  const facts = [
    `release ${release}, ${replaced}`,
    ...(takesFrom ? [`taken over from ${nameOfOrigin(takesFrom)}`] : []),
    builds === undefined ? `no build: release ${current} has the same tree` : `built by ${builds}`,
    ...(plan.task === undefined ? [] : [`release task: ${plan.task}`]),
    instancesLine(plan),
    ...environmentLines(plan),
    ...plan.options.map(({ name, before, after }) => `${name}: ${shownList(before)} → ${shownList(after)}`),
    servicesLine(plan),
    `domains${condition(plan)}: ${shownList(domains.map(({ domain, origin }) => `${shownDomain(domain)} (${origin})`))}`,
    ...listLine('domains gained', plan.gained.map(shownDomain)),
    ...listLine('domains lost', plan.lost.map(shownDomain)),
  ];
  return [`-----> ${site} would get`, ...facts.map((fact) => `       ${fact}`)];
}

function stopLines({ site, instances, services }: StopPreview): string[] {
  return [
    `-----> ${site} would stop`,
    `       instances: ${instances.ended.length} ended${inBrackets(instances.ended)}`,
    `       services: ${services.deregistered.length} deregistered${inBrackets(services.deregistered)}`,
  ];
}

/** Before a build nobody knows what an image EXPOSEs. */
function condition({ exposes: { known, ports }, current }: SitePreview): string {
  if (known) return '';
  const all = ports.map(({ port, protocol }) => `${port}/${protocol}`);
  if (current === undefined) return ', if its image EXPOSEs a TCP port';
  return all.length === 0
    ? ', if its image EXPOSEs nothing, as the last one'
    : `, if its image EXPOSEs ${all.join(' and ')}, as the last one`;
}

function instancesLine({ instances, builds, current }: SitePreview): string {
  const { count, kept, started, ended } = instances;
  const unless =
    builds !== undefined && current !== undefined ? ', unless the build gives the image that runs' : '';
  return `instances: ${count} (${kept.length} kept, ${started} started), ${ended.length} ended${inBrackets(ended)}${unless}`;
}

function environmentLines({ environment }: SitePreview): string[] {
  const { names, added, removed, changed } = environment;
  return [
    ...listLine('environment', names),
    ...(added.length < names.length ? listLine('environment added', added) : []),
    ...listLine('environment removed', removed),
    ...listLine('environment changed', changed),
  ];
}

function servicesLine({ services }: SitePreview): string {
  const { registered, deregistered } = services;
  return `services: ${registered} registered, ${deregistered.length} deregistered${inBrackets(deregistered)}`;
}

function listLine(name: string, values: readonly string[]): string[] {
  return values.length === 0 ? [] : [`${name}: ${values.join(', ')}`];
}

function shownList(values: readonly string[]): string {
  return values.length === 0 ? 'none' : values.join(', ');
}

function inBrackets(values: readonly string[]): string {
  return values.length === 0 ? '' : ` (${values.join(', ')})`;
}
