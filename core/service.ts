/** What the catalog is told of a site beside its addresses: tags, and how others may check it. Pure. */
import type { Image, ServiceOptions, Settings } from './release.ts';

const defaultInterval = '15s';

/**
 * Tags of CONSUL_TAGS: the setting, else the image's own variable, else `http`. A check stands only beside a tag that
 * contains `http`; without CUSTOM_CHECK it asks the instance itself.
 */
export function serviceOptions(settings: Settings, image: Pick<Image, 'serviceTags'>): ServiceOptions {
  const values = settings as Readonly<Record<string, string>>;
  const words = givenTags(settings, image);
  const tags = words.length > 0 ? [...new Set(words)] : ['http'];
  if (!tags.some((tag) => tag.includes('http'))) return { tags };
  const url = values['CUSTOM_CHECK'];
  const interval = values['CUSTOM_CHECK_INTERVAL'] ?? defaultInterval;
  return { tags, check: { ...(url ? { url } : {}), interval } };
}

/** The tags of the setting, or else of the image; none where they are left to octohost. */
export function givenTags(settings: Settings, image: Pick<Image, 'serviceTags'>): string[] {
  const given = (settings as Readonly<Record<string, string>>)['CONSUL_TAGS'] ?? image.serviceTags ?? '';
  return given.split(/[\s,]+/).filter((tag) => tag !== '');
}
