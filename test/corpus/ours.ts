/** What octohost makes of a case: the same reading, resolving and writing as in a deploy, without its I/O. */

import { declaredDomains, ownDomains, parseCname, resolveDomains } from '../../core/domains.ts';
import type { Declared, Image, PortBinding, Release } from '../../core/index.ts';
import {
  isOctohostError,
  parseBranchRef,
  parseDomain,
  parseSettingKey,
  parseSettingValue,
  parseSiteName,
  siteOfBranch,
} from '../../core/index.ts';
import { servicesOf } from '../../core/instances.ts';
import { layered } from '../../core/layers.ts';
import { wantedOptions } from '../../core/run-options.ts';
import { serviceOptions } from '../../core/service.ts';
import { checkSetting, resolveSite } from '../../core/site.ts';
import { instanceSpec } from '../../core/spec.ts';
import { containerSpec } from '../../plugins/docker-runtime/container-spec.ts';
import { declaredOptions } from '../../plugins/dockerfile-builder/declares.ts';
import { exposedPorts } from '../../plugins/dockerfile-builder/exposed-ports.ts';
import { freshDeploy, makeRelease } from '../contracts/fixture.ts';
import { memoryTree } from '../testing/memory-tree.ts';
import { type Case, type Meaning, suffix } from './case.ts';
import { imageVariable } from './image-variable.ts';

/** A refusal by its code. */
export interface Refused {
  readonly refused: string;
}

const place = {
  installation: '00000000',
  namePrefix: 'octohost',
  logDriver: 'json-file' as const,
  logMaxSize: '10m',
  logMaxFiles: 3,
  processes: 1024,
  capabilities: [],
  newPrivileges: false,
};

export async function ourMeaning(one: Case): Promise<Meaning | Refused> {
  try {
    return await resolve(one);
  } catch (error) {
    if (!isOctohostError(error)) throw error;
    return { refused: error.code };
  }
}

async function resolve(one: Case): Promise<Meaning | Refused> {
  const repository = parseSiteName(one.repo.replace(/\.git$/, ''));
  const site = siteOfBranch(repository, parseBranchRef(`refs/heads/${one.branch}`));
  if (one.dockerfile === null) return { refused: 'E_NO_BUILDER' };
  const tree = memoryTree({ Dockerfile: one.dockerfile });
  const options = await declaredOptions({ kind: 'tree', tree }, 'Dockerfile');
  const declared: Declared = { domains: one.cname === null ? [] : parseCname(one.cname), options };
  const settings = settingsOf(one);
  const image = imageOf(one.dockerfile);
  const { settings: all } = layered({ settings, said: {}, options, defaults: {} });
  const resolved = resolveSite(site, all, image, options);
  const wanted = wantedOptions(site, options);
  const suffixes = { domainSuffix: parseDomain(suffix), extraSuffixes: [] };
  const own = ownDomains(settings, { written: '', set: [] });
  const found = resolveDomains(site, suffixes, declaredDomains(declared), own);
  const hostname = declared.domains.at(-1);
  const release: Release = makeRelease(site, image, {
    run: {
      ports: resolved.ports,
      volumes: [],
      generation: 1,
      ...(resolved.httpPort === undefined ? {} : { httpPort: resolved.httpPort }),
      ...(hostname === undefined ? {} : { hostname }),
      ...(resolved.memoryLimit === undefined ? {} : { memoryLimit: resolved.memoryLimit }),
      // Where a site would find its peers, their names stand for them.
      links: wanted.links.map((link) => ({ alias: link.alias, site: link.site, instance: link.site })),
      volumesFrom: wanted.volumesFrom.map((peer) => ({ site: peer.site, instance: peer.site })),
      mounts: wanted.mounts,
      hostPorts: wanted.hostPorts,
      ...(wanted.name === undefined ? {} : { name: wanted.name }),
    },
    service: serviceOptions(settings, image),
    count: resolved.count,
    domains: resolved.httpPort === undefined ? [] : found.map(({ domain }) => domain),
  });
  return meaningOf(release, resolved.environment);
}

function settingsOf(one: Case) {
  const entries = Object.entries(one.kv).map(([name, value]) => {
    const key = parseSettingKey(name);
    checkSetting(key, value);
    return [key, parseSettingValue(key, value)] as const;
  });
  return Object.fromEntries(entries);
}

function imageOf(dockerfile: string): Image {
  const serviceTags = imageVariable(dockerfile, 'CONSUL_TAGS');
  return {
    id: 'sha256:1',
    ports: exposedPorts(dockerfile, {}),
    volumes: [],
    ...(serviceTags === undefined ? {} : { serviceTags }),
  };
}

/** Read from the container and the services as they would be asked for. */
function meaningOf(release: Release, environment: Readonly<Record<string, string>>): Meaning {
  const { site, run, count, domains } = release;
  const own: PortBinding[] = run.ports.map((port, index) => ({
    ...port,
    hostAddress: '127.0.0.1',
    hostPort: 20_000 + index,
  }));
  const bindings = [...own, ...(run.hostPorts ?? [])];
  const deploy = freshDeploy();
  const request = { digest: release.spec, release: 1, deploy, index: 1, bindings };
  const container = containerSpec({ spec: instanceSpec(release, environment), ...request }, place);
  const { Binds, Links, VolumesFrom, Memory, PortBindings } = container.HostConfig ?? {};
  const places = Object.entries((PortBindings ?? {}) as Record<string, Omit<Place, 'port'>[]>).flatMap(
    ([port, bound]) => bound.map((one) => ({ ...one, port })),
  );
  const instances = Array.from({ length: count }, (_, index) => ({
    id: `${index}`,
    name: `${index}`,
    site,
    release: 1,
    deploy,
    spec: release.spec,
    bindings,
  }));
  return {
    site,
    name: run.name ?? '',
    hostname: container.Hostname ?? '',
    links: (Links ?? []).toSorted(),
    'volumes from': VolumesFrom ?? [],
    mounts: (Binds ?? []).toSorted(),
    'host ports': places
      .filter((one) => !isOwn(own, one))
      .map(({ HostIp, HostPort, port }) => `${HostIp}:${HostPort}:${port}`)
      .toSorted(),
    published: [...new Set(places.filter((one) => isOwn(own, one)).map(({ HostIp }) => HostIp))],
    memory: Memory === undefined ? '' : String(Memory),
    environment: Object.fromEntries(
      (container.Env ?? []).map((pair) => [
        pair.slice(0, pair.indexOf('=')),
        pair.slice(pair.indexOf('=') + 1),
      ]),
    ),
    containers: count,
    services: servicesOf(release, instances).map(({ site: name, address, port, tags, check }) => {
      const itself = check?.http === `http://${address}:${port}`;
      const checked = check ? ` check ${itself ? 'itself' : check.http} every ${check.interval}` : '';
      return `${name} tags ${tags.join(' | ')}${checked}`;
    }),
    domains: domains.toSorted(),
  };
}

interface Place {
  readonly port: string;
  readonly HostIp: string;
  readonly HostPort: string;
}

function isOwn(own: readonly PortBinding[], { HostIp, HostPort }: Place): boolean {
  return own.some(({ hostAddress, hostPort }) => hostAddress === HostIp && String(hostPort) === HostPort);
}
