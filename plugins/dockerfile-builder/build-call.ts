/** What the engine is asked to do. Pure. */
import type { ImageBuildOptions } from 'dockerode';
import { type BuildRequest, type BuiltImage, isSiteName, type SiteName } from '../../core/index.ts';
import { type FoundLabels, isOurs, labels, ownLabels } from '../shared/docker-labels.ts';

export type BuildEngine = 'buildkit' | 'classic';

/** What is the same for every build of an installation. */
export interface BuildPlace {
  readonly installation: string;
  readonly engine: BuildEngine;
  /** Path of the Dockerfile in the tree. */
  readonly dockerfile: string;
}

/** One build. */
export interface BuildCall extends BuildPlace {
  /** Whether it may have to pull. */
  readonly pulls: boolean;
}

/** The tag that keeps a deploy's image from being pruned. */
export function imageTag(installation: string, site: string, deploy: string): string {
  return `octohost/${installation}/${site}:${deploy}`;
}

/** Whether a tag was made by this installation's builds. */
export function isOwnTag(installation: string, tag: string): boolean {
  return tag.startsWith(`octohost/${installation}/`);
}

/**
 * The tag of an image that came from another installation. Labels cannot be changed once an image is made, so this tag
 * alone says whose it is now; it is never looked for by a part of it.
 */
export function adoptedTag(installation: string, site: string, deploy: string): string {
  return imageTag(installation, site, `${adoptedPrefix}${deploy}`);
}

/** A deploy's id has no dot. */
const adoptedPrefix = 'from.';

/** The site that a tag of this installation's own adopts an image for; undefined for any other tag. */
export function adoptedFor(installation: string, tag: string): SiteName | undefined {
  if (!isOwnTag(installation, tag)) return undefined;
  const [site = '', deploy = ''] = tag.slice(imageTag(installation, '', '').length - 1).split(':');
  return isSiteName(site) && deploy.startsWith(adoptedPrefix) ? site : undefined;
}

/**
 * The images of a listing that this installation's builds made, one for each tag, and those that it adopted; other tags
 * are other people's.
 */
export function builtImages(installation: string, found: readonly ListedImage[]): BuiltImage[] {
  return found.flatMap(({ Id: id, RepoTags, Labels }) => {
    const site = Labels?.[labels.site] ?? '';
    const isBuilt = isOurs(Labels, installation) && isSiteName(site);
    return (RepoTags ?? []).flatMap((tag) => {
      const adopted = adoptedFor(installation, tag);
      if (adopted !== undefined) return [{ id, tag, site: adopted }];
      return isBuilt && isOwnTag(installation, tag) ? [{ id, tag, site }] : [];
    });
  });
}

/** The part of the engine's listing that is used. */
export interface ListedImage {
  readonly Id: string;
  readonly RepoTags?: readonly string[] | null | undefined;
  readonly Labels?: FoundLabels;
}

/**
 * BuildKit, told as a number: dockerode opens a session for the text alone. Credentials for pulls go through it, and nothing
 * else; what it is made of (gRPC) takes longer to load than all else that a push loads.
 */
const withoutSession = 2 as unknown as '2';

/** Labels say whose the image is, but not of which deploy: the same content gives the same image id. */
export function buildOptions(request: BuildRequest, place: BuildCall): ImageBuildOptions {
  return {
    t: imageTag(place.installation, request.site, request.deploy),
    dockerfile: place.dockerfile,
    labels: ownLabels(place.installation, request.site),
    buildargs: { ...request.arguments, ...cacheNamespace(request, place) },
    nocache: request.noCache,
    rm: true,
    forcerm: true,
    ...(place.engine === 'buildkit' ? { version: place.pulls ? '2' : withoutSession } : {}),
  };
}

/**
 * What a build keeps in `RUN --mount=type=cache` is the engine's, by a name that the Dockerfile chooses: without a space
 * of its own each site could read, and change, what the builds of all others go by.
 */
function cacheNamespace(
  { site }: BuildRequest,
  { engine, installation }: BuildPlace,
): Record<string, string> {
  return engine === 'buildkit' ? { BUILDKIT_CACHE_MOUNT_NS: `octohost/${installation}/${site}` } : {};
}

/** BuildKit is part of the engine for Linux from API 1.39 (18.09) on. */
export function chooseEngine({ apiVersion, os }: { apiVersion: string; os: string }): BuildEngine {
  const [major = 0, minor = 0] = apiVersion.split('.').map(Number);
  const recent = major > 1 || (major === 1 && minor >= 39);
  return recent && os === 'linux' ? 'buildkit' : 'classic';
}
