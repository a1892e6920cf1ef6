/** What is pulled, and what the engine said about it. Pure. */
import type { SiteName } from '../../core/index.ts';
import type { EngineEvent } from '../shared/docker-events.ts';
import { imageDigest, imageTag } from '../shared/image-grammar.ts';
import { errors } from './errors.ts';
import { type RegistryPlace, repositoryOf } from './repository.ts';

export interface PullTarget {
  readonly repository: string;
  /** A tag or a digest: the engine takes either here. */
  readonly tag: string;
}

const version = new RegExp(`^(?:${imageTag}|${imageDigest})$`);

/**
 * @param wanted a tag, a digest, or a whole reference to the site's own repository: no other site's can be asked for
 * @throws E_PULL_REFERENCE
 */
export function pullTarget(place: RegistryPlace, site: SiteName, wanted = 'latest'): PullTarget {
  const repository = repositoryOf(place, site);
  const isWhole = wanted.startsWith(`${repository}:`) || wanted.startsWith(`${repository}@`);
  const tag = isWhole ? wanted.slice(repository.length + 1) : wanted;
  if (!version.test(tag)) throw errors.E_PULL_REFERENCE({ reference: wanted, repository });
  return { repository, tag };
}

/** `repository:tag` or `repository@digest`. */
export function pulledName({ repository, tag }: PullTarget): string {
  return `${repository}${tag.includes(':') ? '@' : ':'}${tag}`;
}

/** The digest of what was pulled, which the engine tells in words: `Digest: sha256:…`. */
export function pulledDigest({ status }: EngineEvent): string | undefined {
  return new RegExp(`^Digest: (${imageDigest})$`).exec(status ?? '')?.[1];
}
