/** What is pushed under which name, and what the engine said about it. Pure. */
import type { SiteName } from '../../core/index.ts';
import type { EngineEvent } from '../shared/docker-events.ts';

export interface PushTarget {
  /** `registry.example.com:5000/team/app`. */
  readonly repository: string;
  /** In the order of the pushes: the tag that moves comes last. */
  readonly tags: readonly string[];
}

export function pushTarget(
  options: { registry: string; repository?: string | undefined },
  site: SiteName,
  release: number,
): PushTarget {
  const path = [options.registry, options.repository, site].filter((part) => part !== undefined);
  return { repository: path.join('/'), tags: [String(release), 'latest'] };
}

/** The digest that the registry gave to what was pushed. */
export function pushedDigest(event: EngineEvent): string | undefined {
  const digest = (event.aux as { Digest?: unknown } | undefined)?.Digest;
  return typeof digest === 'string' && /^sha256:[0-9a-f]{64}$/.test(digest) ? digest : undefined;
}
