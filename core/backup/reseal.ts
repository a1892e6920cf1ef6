/** The secrets of a snapshot, from the keys of one host to those of another; what is told by digests follows. */

import { contentKey } from '../content-key.ts';
import { isOctohostError, type OctohostError } from '../errors.ts';
import type { SiteName } from '../grammar.ts';
import type { Release } from '../release.ts';
import type { SecretKeys } from '../sealing.ts';
import type { SecretKeyFile } from '../secret-key-file.ts';
import type { Secrets } from '../secrets.ts';
import type { SiteLimits } from '../site-limits.ts';
import { instanceSpec, specDigest } from '../spec.ts';
import { withinLimits } from './plan-restore.ts';
import type { SiteSnapshot, Texts } from './snapshot.ts';

/** Keys that stand in no file of this host. */
export function keysInMemory(keys: SecretKeys): SecretKeyFile {
  return {
    path: 'the backup',
    read: async () => keys,
    readOrCreate: async () => keys,
    write: async () => {},
  };
}

/**
 * The site with everything that one opens sealed by the other. Content keys and specs stay.
 * @param name the site that it is sealed for
 * @throws E_SECRET_KEY, E_SECRET_CHANGED
 */
export async function resealed(
  site: SiteSnapshot,
  from: Secrets,
  to: Secrets,
  name: SiteName = site.site,
): Promise<SiteSnapshot> {
  return withTexts(site, async (texts) => {
    const { values, secrets } = await from.open(site.site, texts);
    return to.seal(name, values, secrets);
  });
}

/** What of a site's contents cannot be opened, by content key, and why. @throws E_SECRET_FILE */
export async function unopened(
  { site, contents, ...rest }: SiteSnapshot,
  secrets: Secrets,
): Promise<ReadonlyMap<string, OctohostError>> {
  const certificates = certificatesOf({ site, contents, ...rest });
  const failed = new Map<string, OctohostError>();
  for (const [key, texts] of Object.entries(contents)) {
    const sealed = certificates.has(key) ? { SSL_KEY: texts['key'] ?? '' } : texts;
    const error = await failureToOpen(site, sealed, secrets);
    if (error) failed.set(key, error);
  }
  return failed;
}

/** Undefined where all of them open. @throws E_SECRET_FILE */
export async function failureToOpen(
  site: SiteName,
  texts: Texts,
  secrets: Secrets,
): Promise<OctohostError | undefined> {
  try {
    await secrets.open(site, texts);
    return undefined;
  } catch (error) {
    if (isOctohostError(error) && ['E_SECRET_KEY', 'E_SECRET_CHANGED'].includes(error.code)) return error;
    throw error;
  }
}

/** The settings of the site as they are meant. @throws E_SECRET_KEY, E_SECRET_CHANGED for anything in the whole of it */
export async function openedSettings(site: SiteSnapshot, secrets: Secrets): Promise<Texts> {
  const opened = await withTexts(site, async (texts) => (await secrets.open(site.site, texts)).values);
  return opened.settings;
}

/** The site with other texts in the place of those that may be sealed. */
async function withTexts(
  site: SiteSnapshot,
  change: (texts: Texts) => Promise<Texts>,
): Promise<SiteSnapshot> {
  const certificates = certificatesOf(site);
  const contents = Object.entries(site.contents).map(async ([key, texts]) => {
    if (!certificates.has(key)) return [key, await change(texts)] as const;
    // A certificate's key is bound to the setting that it came from.
    const { SSL_KEY = '' } = await change({ SSL_KEY: texts['key'] ?? '' });
    return [key, { ...texts, key: SSL_KEY }] as const;
  });
  const [settings, ...changed] = await Promise.all([change(site.settings), ...contents]);
  return { ...site, settings, contents: Object.fromEntries(changed) };
}

function certificatesOf({ releases }: SiteSnapshot): ReadonlySet<string> {
  return new Set(releases.flatMap(({ route }) => (route?.tls ? [route.tls] : [])));
}

/**
 * The site with the content keys and specs that it has where these keys and limits are: those of values with secrets in
 * them are made of digests, and every host has its own.
 */
export async function madeHere(
  site: SiteSnapshot,
  secrets: Secrets,
  limits: SiteLimits,
): Promise<SiteSnapshot> {
  const made = new Map(
    await Promise.all(
      site.releases.map(
        async (release) =>
          [release, await releaseHere(site, withinLimits(release, limits), secrets)] as const,
      ),
    ),
  );
  const specs = new Map([...made].map(([release, { spec }]) => [release.spec, spec] as const));
  const keys = new Map(
    [...made].flatMap(([release, { environment, settings }]) => [
      [release.environment, environment] as const,
      [release.settings, settings] as const,
    ]),
  );
  const { pointer } = site;
  return {
    ...site,
    releases: [...made.values()],
    contents: Object.fromEntries(
      Object.entries(site.contents).map(([key, texts]) => [keys.get(key) ?? key, texts]),
    ),
    stabilities: site.stabilities.map((one) => ({ ...one, spec: specs.get(one.spec) ?? one.spec })),
    ...(pointer ? { pointer: { ...pointer, spec: specs.get(pointer.spec) ?? pointer.spec } } : {}),
  };
}

async function releaseHere(
  { site, contents }: SiteSnapshot,
  release: Release,
  secrets: Secrets,
): Promise<Release> {
  const digested = async (key: string) => {
    const texts = contents[key];
    if (!texts) return undefined;
    const opened = await secrets.open(site, texts);
    return secrets.digested(site, opened.values, opened.secrets);
  };
  const [environment, settings] = await Promise.all([
    digested(release.environment),
    digested(release.settings),
  ]);
  return {
    ...release,
    ...(environment
      ? {
          environment: contentKey(environment),
          spec: specDigest({ ...instanceSpec(release, {}), environment }),
        }
      : {}),
    ...(settings ? { settings: contentKey(settings) } : {}),
  };
}
