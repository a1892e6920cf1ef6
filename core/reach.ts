/** Which releases of a site are kept whole, and what nobody needs any more. Pure. */
import type { Release } from './release.ts';
import type { BuiltImage } from './roles.ts';

/** What can be freed of a site. */
export interface Surplus {
  /** Images of releases out of reach, and of deploys that never made one. */
  readonly images: readonly BuiltImage[];
  /** Content keys of configurations and certificates that only releases out of reach have. */
  readonly contents: readonly string[];
  /** Releases that cannot be gone back to once this is freed, and could be before. */
  readonly releases: readonly number[];
}

export interface Holdings {
  /** Oldest first. */
  readonly releases: readonly Release[];
  /** Numbers of releases that are needed, however old: the current one, those that instances still run. */
  readonly needed: ReadonlySet<number>;
  readonly images: readonly BuiltImage[];
  /** Content keys that are stored. */
  readonly contents: ReadonlySet<string>;
}

/**
 * Within reach are the last `keep` releases and those that are needed. Whatever has one of their images is kept whole
 * with them: it costs next to nothing.
 */
export function surplusOf({ releases, needed, images, contents }: Holdings, keep: number): Surplus {
  const last = releases.slice(-keep);
  const within = releases.filter((release) => last.includes(release) || needed.has(release.number));
  const keptIds = new Set(within.map(({ image }) => image.id));
  const kept = releases.filter(({ image }) => keptIds.has(image.id));
  const keptTags = new Set(kept.map(({ image }) => image.tag));
  const keptContents = new Set(kept.flatMap(contentsOf));
  const rest = releases.filter((release) => !kept.includes(release));
  return {
    images: images.filter(({ tag }) => !keptTags.has(tag)),
    contents: [...contents].filter((key) => !keptContents.has(key)),
    releases: rest.filter((release) => isWhole(release, images, contents)).map(({ number }) => number),
  };
}

/** Whether everything is there that it takes to make a release again. */
export function isWhole(
  release: Release,
  images: readonly Pick<BuiltImage, 'id'>[],
  contents: ReadonlySet<string>,
): boolean {
  const { tag, id } = release.image;
  // An image without a tag is somebody else's: whether it is there, its start tells.
  const hasImage = tag === undefined || images.some((image) => image.id === id);
  return hasImage && contentsOf(release).every((key) => contents.has(key));
}

/** Content keys of what a release is made of. */
export function contentsOf({ environment, settings, route, declared }: Release): string[] {
  const { conf } = declared;
  return [environment, settings, ...(route?.tls ? [route.tls] : []), ...(conf ? [conf.values] : [])];
}
