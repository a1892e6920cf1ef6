/** What is asked of a snapshot before anything of it is stored: by the same grammar as whatever else comes from outside. Pure. */
import {
  isSettingKey,
  isSiteName,
  parseBranchRef,
  parseIpAddress,
  parseOwnDomain,
  parsePort,
  parseRevision,
} from '../grammar.ts';
import { contentsOf } from '../reach.ts';
import type { ByHandService, Release } from '../release.ts';
import { serviceId } from '../service.ts';
import { isProblem, templateName } from '../setting-values.ts';
import type { SiteSnapshot, Texts } from './snapshot.ts';

/** A sealed value of the largest size is not longer, in bytes. */
const longestText = 200_000;
const contentKeyPattern = /^[0-9a-f]{64}$/;
const imageIdPattern = /^sha256:[0-9a-f]{64}$/;
const imageTagPattern = /^[a-z0-9][\w./:-]{0,299}$/;
const specPattern = /^[0-9a-f]{32}$/;
const deployPattern = /^[a-z0-9]{1,40}$/;
const wordPattern = /^[A-Za-z0-9][\w.-]{0,127}$/;

type Tell = (problem: string) => void;

/** What is wrong with a site, in words; none where all of it can be stored. */
export function siteProblems(snapshot: SiteSnapshot): string[] {
  const problems: string[] = [];
  const tell = (problem: string) => void problems.push(problem);
  checkSettings(snapshot.settings, tell);
  for (const [key, texts] of Object.entries(snapshot.contents)) {
    if (!contentKeyPattern.test(key)) tell('a content key is none');
    checkTexts(texts, 'what a release is made of', tell);
  }
  let last = 0;
  for (const release of snapshot.releases) {
    if (release.number <= last || release.number > 99_999_999) tell('its releases are not in their order');
    last = release.number;
    for (const problem of releaseProblems(release, snapshot)) tell(`release ${release.number}: ${problem}`);
  }
  checkPointer(snapshot, tell);
  if (snapshot.domains && !snapshot.domains.set.every(isDomain)) tell('a domain that was set is none');
  const known = new Set(snapshot.releases.map(({ number }) => number));
  for (const { site, release, spec } of snapshot.stabilities)
    if (site !== snapshot.site || !known.has(release) || !specPattern.test(spec))
      tell('what is known of a release is of another one');
  const { maintenance } = snapshot;
  if (maintenance && (maintenance.site !== snapshot.site || !isLine(maintenance.actor)))
    tell('its maintenance is that of another site, or of nobody');
  if (!snapshot.services.every((one) => isService(one, snapshot)))
    tell('a service by hand is none of this site');
  return problems;
}

function checkSettings(settings: Texts, tell: Tell): void {
  for (const name of Object.keys(settings)) if (!isSettingKey(name)) tell('a setting has no name of one');
  checkTexts(settings, 'a setting', tell);
}

function checkTexts(texts: Texts, what: string, tell: Tell): void {
  if (!Object.entries(texts).flat().every(isText)) tell(`${what} is too long, or no text`);
}

function checkPointer({ pointer, releases, contents, site }: SiteSnapshot, tell: Tell): void {
  if (!pointer) return;
  const current = releases.find(({ number }) => number === pointer.release);
  if (pointer.site !== site || !current) tell('its current release is not in it');
  else if (!contentsOf(current).every((key) => Object.hasOwn(contents, key)))
    tell('what its current release is made of is not in it');
}

function releaseProblems(release: Release, { site }: SiteSnapshot): string[] {
  const { image, run, route, origin, revision, declared, check } = release;
  const domains = [...release.domains, ...declared.domains, ...(declared.conf?.domains ?? [])];
  const ports = [...image.ports, ...run.ports, ...(run.hostPorts ?? [])].map(({ port }) => port);
  const asked: readonly (readonly [boolean, string])[] = [
    [release.site === site, 'it is of another site'],
    [deployPattern.test(release.deploy), 'the id of its deploy is none'],
    [isLine(release.actor) && isLine(release.message ?? ''), 'it has more than one line of text'],
    [!Number.isNaN(Date.parse(release.createdAt)), 'its time is none'],
    [revision === undefined || takes(parseRevision, revision), 'its revision is none'],
    [
      origin === undefined || (isSiteName(origin.repository) && takes(parseBranchRef, origin.ref)),
      'its branch is none',
    ],
    [imageIdPattern.test(image.id), 'its image has no content id'],
    [image.tag === undefined || imageTagPattern.test(image.tag), 'the tag of its image is none'],
    [contentsOf(release).every((key) => contentKeyPattern.test(key)), 'a content key is none'],
    [specPattern.test(release.spec), 'its spec is none'],
    [domains.every(isDomain), 'a domain is none'],
    [ports.every(isPort), 'a port is none'],
    [run.httpPort === undefined || isPort(run.httpPort), 'its HTTP port is none'],
    [check.port === undefined || isPort(check.port), 'the port of its check is none'],
    [[...image.volumes, ...run.volumes].every(isPath), 'a volume is no path'],
    [(run.mounts ?? []).every((one) => isPath(one.source) && isPath(one.target)), 'a mount is no path'],
    [run.hostname === undefined || isDomain(run.hostname), 'its host name is none'],
    [run.name === undefined || wordPattern.test(run.name), 'its name is none'],
    [(run.links ?? []).every((link) => wordPattern.test(link.alias)), 'a link has no name'],
    [release.count >= 0 && release.count <= 100, 'it has too many instances'],
    [route?.template === undefined || !isProblem(templateName.parse(route.template)), 'its template is none'],
  ];
  return asked.flatMap(([holds, problem]) => (holds ? [] : [problem]));
}

function isService(service: ByHandService, { site }: SiteSnapshot): boolean {
  const { address, port } = service;
  if (!takes(parseIpAddress, address) || parseIpAddress(address) !== address || !isPort(port)) return false;
  return service.site === site && service.id === serviceId(site, address, port) && isLine(service.actor);
}

const isText = (text: string) =>
  !text.includes('\0') && text.isWellFormed() && Buffer.byteLength(text) <= longestText;
const isDomain = (text: string) => takes(parseOwnDomain, text) && parseOwnDomain(text) === text;
const isPort = (port: number) => takes(parsePort, String(port));
const isPath = (path: string) => path.startsWith('/') && isLine(path) && !path.split('/').includes('..');
/** One line, without anything that a terminal would act on. */
const isLine = (text: string) => !/\p{Cc}/u.test(text) && text.length <= 4096;

function takes(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}
