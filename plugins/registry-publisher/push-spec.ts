/** What is pushed under which name, and what the engine said about it. Pure. */
import type { SiteName } from '../../core/index.ts';
import type { EngineEvent } from '../shared/docker-events.ts';
import { type RegistryPlace, repositoryOf } from './repository.ts';

export interface PushTarget {
  /** `registry.example.com:5000/team/app`. */
  readonly repository: string;
  /** In the order of the pushes: the tag that moves comes last. */
  readonly tags: readonly string[];
}

export function pushTarget(place: RegistryPlace, site: SiteName, release: number): PushTarget {
  return { repository: repositoryOf(place, site), tags: [String(release), 'latest'] };
}

/** The digest that the registry gave to what was pushed. */
export function pushedDigest(event: EngineEvent): string | undefined {
  const digest = (event.aux as { Digest?: unknown } | undefined)?.Digest;
  return typeof digest === 'string' && /^sha256:[0-9a-f]{64}$/.test(digest) ? digest : undefined;
}
