/** What a push would do, for people. Pure. */
import { nameOfOrigin, type Preview, type SiteName } from '../../core/index.ts';
import { shownDomain } from './domain.ts';

export function previewLines(preview: Preview): string[] {
  const { site, release, current, takesFrom, builds, instances, environment, domains } = preview;
  const replaced =
    current === undefined ? 'the first one of this site' : `in the place of release ${current}`;
  const facts = [
    `release ${release}, ${replaced}`,
    ...(takesFrom ? [`taken over from ${nameOfOrigin(takesFrom)}`] : []),
    builds === undefined ? `no build: release ${current} has the same tree` : `built by ${builds}`,
    `instances: ${instances}`,
    ...(environment.length > 0 ? [`environment: ${environment.join(', ')}`] : []),
    `domains, if it EXPOSEs a TCP port: ${domains.map(({ domain, origin }) => `${shownDomain(domain)} (${origin})`).join(', ')}`,
  ];
  return [`-----> ${site} would get`, ...facts.map((fact) => `       ${fact}`)];
}

export function stopPreviewLines(site: SiteName): string[] {
  return [`-----> ${site} would stop`];
}
